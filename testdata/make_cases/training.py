"""Training checkpoints: a model beside its optimizer, schedule and generator state."""
import torch
from torch import nn

from make_cases.state_dicts import BatchNormNet


def train(model, optimizer, batch):
    for _ in range(2):
        optimizer.zero_grad()
        model(batch).square().sum().backward()
        optimizer.step()


def small_model():
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))


def training():
    model = small_model()
    decay = [model[0].weight, model[2].weight]
    others = [model[0].bias, model[2].bias]
    optimizer = torch.optim.Adam([{"params": decay, "weight_decay": 0.1}, {"params": others}],
                                 lr=0.01)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
    train(model, optimizer, torch.randn(5, 3))
    schedule.step()
    scaler = {"scale": 65536.0, "growth_factor": 2.0, "backoff_factor": 0.5,
              "growth_interval": 2000, "_growth_tracker": 0}
    return {"epoch": 3, "model": model.state_dict(), "optimizer": optimizer.state_dict(),
            "lr_scheduler": schedule.state_dict(), "scaler": scaler,
            "rng_state": torch.get_rng_state(), "best_acc": 0.8125,
            "args": {"lr": 0.01, "tags": ["a", "b"], "resume": None, "amp": True}}


def sgd():
    """Momentum on, but the last layer never had a gradient: it has no state."""
    model = small_model()
    model[2].requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for parameter in model[0].parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    return {"state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 1}


def lightning():
    """The shape of a Lightning file: lists of optimizers and schedulers, a prefix on every name."""
    model = nn.ModuleDict({"model": small_model()})
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02, amsgrad=True)
    train(model["model"], optimizer, torch.randn(5, 3))
    return {"epoch": 1, "global_step": 2, "pytorch-lightning_version": "2.0.0",
            "state_dict": model.state_dict(), "loops": {"fit_loop": {"state_dict": {}}},
            "optimizer_states": [optimizer.state_dict()], "lr_schedulers": []}


def average_beside_model():
    """Two state dicts of equal size in one file; nothing but the name says which is meant."""
    model = BatchNormNet().state_dict()
    average = type(model)((name, tensor * 0.5 if tensor.is_floating_point() else tensor.clone())
                          for name, tensor in model.items())
    return {"model": model, "ema": average, "step": 10}


def named_optimizer():
    model = small_model()
    optimizer = torch.optim.AdamW(model.named_parameters(), lr=0.02)
    train(model, optimizer, torch.randn(5, 3))
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict()}


BUILDERS = {builder.__name__: builder for builder in (
    training, sgd, lightning, average_beside_model)}
BUILDERS_SINCE_2 = {builder.__name__: builder for builder in (named_optimizer,)}
