// The rebuild functions of torch give the tensors that torch would build.
#include "torch/graph_samples.hpp"

using ckpt::model::DType;
using ckpt::model::TensorForm;
using ckpt::torch::samples::Maker;
using ckpt::torch::samples::tensor_of;
using Numbers = std::vector<std::int64_t>;

TEST_CASE("_rebuild_tensor_v2 is a view of a storage, of the storage's type") {
  Maker make;
  const auto tree = make.read(
      make.rebuild("_rebuild_tensor_v2",
                   {make.storage("HalfStorage", "7", 12), make.integer(2), make.integers({2, 3}),
                    make.integers({4, 1}), make.boolean(true), make.hooks()}));
  const ckpt::model::Tensor& tensor = tensor_of(tree);
  CHECK(tensor.form == TensorForm::strided);
  CHECK(tensor.dtype == DType::float16);
  CHECK(tensor.layout.shape == Numbers{2, 3});
  CHECK(tensor.layout.stride_elements == Numbers{4, 1});
  CHECK(tensor.layout.offset_elements == 2);
  CHECK(tensor.requires_grad);
  CHECK_FALSE(tensor.is_parameter);
  CHECK(tree.storage_of(tensor.storage).key == "7");
  CHECK(tree.storage_of(tensor.storage).size_bytes() == 24);
}

TEST_CASE("_rebuild_tensor of old files has no requires_grad") {
  Maker make;
  const auto tree = make.read(
      make.rebuild("_rebuild_tensor", {make.storage("LongStorage", "0", 4), make.integer(1),
                                       make.integers({3}), make.integers({1})}));
  CHECK(tensor_of(tree).dtype == DType::int64);
  CHECK(tensor_of(tree).layout.offset_elements == 1);
  CHECK_FALSE(tensor_of(tree).requires_grad);
}

TEST_CASE("_rebuild_tensor_v3 gives an untyped storage any dtype") {
  for (const char* name : {"float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "uint16", "uint32",
                           "uint64", "complex32", "bfloat16"}) {
    CAPTURE(name);
    Maker make;
    const auto tree = make.read(make.rebuild(
        "_rebuild_tensor_v3",
        {make.storage("UntypedStorage", "0", 64), make.integer(0), make.integers({2, 2}),
         make.integers({2, 1}), make.boolean(false), make.hooks(), make.global("torch", name)}));
    CHECK(row_of(tensor_of(tree).dtype).name == name);
    CHECK_FALSE(tree.storage_of(tensor_of(tree).storage).dtype.has_value());
  }
}

TEST_CASE("dtypes that pack elements into bytes need as many bytes as torch gives them") {
  const auto rebuilt = [](std::int64_t elements, std::int64_t storage_bytes) {
    Maker make;
    return make.error_of_reading(make.rebuild(
        "_rebuild_tensor_v3", {make.storage("UntypedStorage", "0", storage_bytes), make.integer(0),
                               make.integers({elements}), make.integers({1}), make.boolean(false),
                               make.hooks(), make.global("torch", "quint4x2")}));
  };
  CHECK(rebuilt(5, 3) == "no error");
  CHECK(rebuilt(5, 2) ==
        "malformed: key 'k': a tensor of shape 5 reaches to byte 3 of storage '0', which has 2");
}

TEST_CASE("_rebuild_parameter is a parameter around its data") {
  Maker make;
  const auto tree = make.read(
      make.rebuild("_rebuild_parameter", {make.vector(), make.boolean(true), make.hooks()}));
  CHECK(tensor_of(tree).is_parameter);
  CHECK(tensor_of(tree).requires_grad);
  CHECK(tensor_of(tree).layout.shape == Numbers{3});
}

TEST_CASE("_rebuild_from_type_v2 is the tensor, written back as the object it was") {
  Maker make;
  const auto arguments =
      make.tuple({make.storage("FloatStorage", "0", 3), make.integer(0), make.integers({3}),
                  make.integers({1}), make.boolean(false), make.hooks()});
  const auto tree = make.read(
      make.call("torch._tensor", "_rebuild_from_type_v2",
                {make.global("torch._utils", "_rebuild_tensor_v2"), make.global("torch", "Tensor"),
                 arguments, make.dict({{"tag", make.text("x")}})}));
  CHECK(tensor_of(tree).layout.shape == Numbers{3});
  CHECK(tensor_of(tree).source != ckpt::model::no_node);
}

TEST_CASE("conjugated and negated views say so") {
  Maker make;
  const auto flags = make.dict({{"conj", make.boolean(true)}, {"neg", make.boolean(false)}});
  const auto tree = make.read(make.rebuild(
      "_rebuild_tensor_v2",
      {make.storage("ComplexFloatStorage", "0", 2), make.integer(0), make.integers({2}),
       make.integers({1}), make.boolean(false), make.hooks(), flags}));
  CHECK(tensor_of(tree).is_conjugated);
  CHECK_FALSE(tensor_of(tree).is_negated);
}

TEST_CASE("a meta tensor has a shape and no storage") {
  Maker make;
  const auto tree = make.read(make.rebuild("_rebuild_meta_tensor_no_storage",
                                           {make.global("torch", "bfloat16"), make.integers({1000}),
                                            make.integers({1}), make.boolean(false)}));
  CHECK(tensor_of(tree).form == TensorForm::meta);
  CHECK(tensor_of(tree).dtype == DType::bfloat16);
  CHECK(tensor_of(tree).storage == ckpt::model::no_storage);
}

TEST_CASE("a shape may be a torch.Size") {
  Maker make;
  const auto size = make.call("torch", "Size", {make.integers({3, 1})});
  const auto tree = make.read(make.rebuild(
      "_rebuild_tensor_v2", {make.storage("FloatStorage", "0", 3), make.integer(0), size,
                             make.integers({1, 1}), make.boolean(false), make.hooks()}));
  CHECK(tensor_of(tree).layout.shape == Numbers{3, 1});
}

TEST_CASE("wrappers around wrappers without end are carried as objects") {
  Maker make;
  auto inner = make.vector();
  for (int depth = 0; depth < 100; ++depth)
    inner = make.rebuild("_rebuild_parameter", {inner, make.boolean(true), make.hooks()});
  const auto tree = make.read(inner);
  CHECK(tree.is(ckpt::torch::samples::value_of(tree), ckpt::model::Kind::object));
}
