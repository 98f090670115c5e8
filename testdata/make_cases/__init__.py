"""The objects that make.py saves, by theme. Each builder is called after torch.manual_seed(0)."""
