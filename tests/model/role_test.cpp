#include "ckpt/model/role.hpp"

#include <doctest/doctest.h>

#include "model/tree_samples.hpp"

using ckpt::model::DType;
using ckpt::model::KeyPath;
using ckpt::model::looks_like_buffer;
using ckpt::model::Role;
using ckpt::model::role_of;
using ckpt::model::RoleSource;
using ckpt::model::Tensor;
using ckpt::samples::TreeMaker;

namespace {

struct Named {
  TreeMaker make;
  KeyPath path;
  explicit Named(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) path.push_back({.key = make.text(key)});
  }
  ckpt::model::TensorRole role(const Tensor& tensor) { return role_of(make.tree, path, tensor); }
};

constexpr auto dtype_only = [](DType dtype) { return Tensor{.dtype = dtype}; };

}  // namespace

TEST_CASE("running statistics and other usual names are buffers") {
  for (const char* name : {"bn.running_mean", "bn.running_var", "bn.num_batches_tracked",
                           "embeddings.position_ids", "attn.relative_position_index", "inv_freq"}) {
    CAPTURE(name);
    CHECK(looks_like_buffer(name, dtype_only(DType::float32)));
  }
  for (const char* name : {"bn.weight", "running_mean.weight", "my_running_mean", ""}) {
    CAPTURE(name);
    CHECK_FALSE(looks_like_buffer(name, dtype_only(DType::float32)));
  }
}

TEST_CASE("what cannot have a gradient is a buffer") {
  for (const DType dtype : {DType::int64, DType::uint8, DType::boolean, DType::qint8})
    CHECK(looks_like_buffer("weight", dtype_only(dtype)));
  for (const DType dtype : {DType::bfloat16, DType::float8_e4m3fn, DType::complex64})
    CHECK_FALSE(looks_like_buffer("weight", dtype_only(dtype)));
}

TEST_CASE("the name and the dtype only let infer") {
  Named weight({"model", "fc.weight"});
  CHECK(weight.role({}).role == Role::parameter);
  CHECK(weight.role({}).source == RoleSource::inferred);
  Named mean({"model", "bn.running_mean"});
  CHECK(mean.role({}).role == Role::buffer);
  CHECK(mean.role({}).source == RoleSource::inferred);
}

TEST_CASE("a Parameter says what it is, whatever its name") {
  Named mean({"running_mean"});
  const auto role = mean.role(Tensor{.is_parameter = true});
  CHECK(role.role == Role::parameter);
  CHECK(role.source == RoleSource::declared);
}

TEST_CASE("a module says which are which") {
  Named parameter({"_modules", "bn", "_parameters", "running_mean"});
  CHECK(parameter.role({}).role == Role::parameter);
  CHECK(parameter.role({}).source == RoleSource::declared);
  Named buffer({"_modules", "fc", "_buffers", "weight"});
  CHECK(buffer.role({}).role == Role::buffer);
  CHECK(buffer.role({}).source == RoleSource::declared);
}

TEST_CASE("a tensor in a list has only its dtype") {
  Named named({});
  named.path.push_back({.type = ckpt::model::StepType::index, .index = 0});
  CHECK(named.role(dtype_only(DType::float32)).role == Role::parameter);
  CHECK(named.role(dtype_only(DType::int64)).role == Role::buffer);
}
