// What torch says of every element of the narrow types, as checksums.
// Written by make_torch_values.py with torch 2.13.0 and numpy 2.4.6.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace torch_values {

struct Cast {
  std::string_view from;
  std::string_view to;
  std::uint64_t checksum;
};

/// Of the results of tensor.to(): every pattern of the 8 and 16-bit types, 2^20 others.
inline constexpr std::array<Cast, 72> casts{{
    {"float64", "float32", 0x6579192ee7444ce4},
    {"float64", "float16", 0xa843fcdc1299c5f2},
    {"float64", "bfloat16", 0x1090540397ff69bb},
    {"float64", "float8_e5m2", 0x9c4c057a358f3840},
    {"float64", "float8_e4m3fn", 0xc453848ca2478eb9},
    {"float64", "float8_e5m2fnuz", 0x273251a4608d2620},
    {"float64", "float8_e4m3fnuz", 0xf1d97bc328440c94},
    {"float64", "float8_e8m0fnu", 0xd6b91e82d57b5e73},
    {"float32", "float64", 0xdff0780fe0000000},
    {"float32", "float16", 0x25ee11eaacce486c},
    {"float32", "bfloat16", 0x09c4ca3e91d00b8c},
    {"float32", "float8_e5m2", 0xea3dc5395d990c28},
    {"float32", "float8_e4m3fn", 0x785cf6ad9846a2c1},
    {"float32", "float8_e5m2fnuz", 0x1a36d7ce48e675a3},
    {"float32", "float8_e4m3fnuz", 0xc33e18a37011082e},
    {"float32", "float8_e8m0fnu", 0x3aab2bd84f812926},
    {"float16", "float64", 0x496a7c1500000000},
    {"float16", "float32", 0x4760e8e351000000},
    {"float16", "bfloat16", 0xa8f9ce69259ccb00},
    {"float16", "float8_e5m2", 0x6e7a18448446d3d6},
    {"float16", "float8_e4m3fn", 0x6b647fe1920f4d00},
    {"float16", "float8_e5m2fnuz", 0x96d08edef00d3700},
    {"float16", "float8_e4m3fnuz", 0xf7ab57e033766700},
    {"float16", "float8_e8m0fnu", 0xa8b4b6b491752ef0},
    {"bfloat16", "float64", 0xdeda7c1500000000},
    {"bfloat16", "float32", 0xb1156aed39000000},
    {"bfloat16", "float16", 0x1234a5e58e025180},
    {"bfloat16", "float8_e5m2", 0x7eb33906f314aa56},
    {"bfloat16", "float8_e4m3fn", 0x9338cc41f135f6a0},
    {"bfloat16", "float8_e5m2fnuz", 0x13f1fec557d63c00},
    {"bfloat16", "float8_e4m3fnuz", 0x61fd29bdaf782680},
    {"bfloat16", "float8_e8m0fnu", 0x88edb73efb7c92d6},
    {"float8_e5m2", "float64", 0xfe197f4a7c150000},
    {"float8_e5m2", "float32", 0x19b4d9529f150000},
    {"float8_e5m2", "float16", 0x1903a8eea30f5800},
    {"float8_e5m2", "bfloat16", 0x9f1b1f45d61d2300},
    {"float8_e5m2", "float8_e4m3fn", 0x3edc176a53b529de},
    {"float8_e5m2", "float8_e5m2fnuz", 0x8f9200dc2156cb60},
    {"float8_e5m2", "float8_e4m3fnuz", 0x1b0a286db73361f8},
    {"float8_e5m2", "float8_e8m0fnu", 0x2b4b7eaef29bd5f8},
    {"float8_e4m3fn", "float64", 0x26657f4a7c150000},
    {"float8_e4m3fn", "float32", 0xabef90b961750000},
    {"float8_e4m3fn", "float16", 0xcd63f4562355ab00},
    {"float8_e4m3fn", "bfloat16", 0x6f62b1808d83e560},
    {"float8_e4m3fn", "float8_e5m2", 0xb90d5538a3160dee},
    {"float8_e4m3fn", "float8_e5m2fnuz", 0xb9bc5713e93f7a44},
    {"float8_e4m3fn", "float8_e4m3fnuz", 0x7e6f157c9c72af80},
    {"float8_e4m3fn", "float8_e8m0fnu", 0xfc624ca907ae59b4},
    {"float8_e5m2fnuz", "float64", 0xaab17f4a7c150000},
    {"float8_e5m2fnuz", "float32", 0x5310ee4583d50000},
    {"float8_e5m2fnuz", "float16", 0xd933c0b63aca1200},
    {"float8_e5m2fnuz", "bfloat16", 0xd7be58a1eb1007c0},
    {"float8_e5m2fnuz", "float8_e5m2", 0xb485fa90abee26cf},
    {"float8_e5m2fnuz", "float8_e4m3fn", 0x584f55ea11d2e363},
    {"float8_e5m2fnuz", "float8_e4m3fnuz", 0x511c169a1d0a2bd8},
    {"float8_e5m2fnuz", "float8_e8m0fnu", 0x25b585c68851ea65},
    {"float8_e4m3fnuz", "float64", 0x84617f4a7c150000},
    {"float8_e4m3fnuz", "float32", 0x61d0495451550000},
    {"float8_e4m3fnuz", "float16", 0x5a8ae102c36d2a00},
    {"float8_e4m3fnuz", "bfloat16", 0x619b6761461ed540},
    {"float8_e4m3fnuz", "float8_e5m2", 0x544c92d8a90d1317},
    {"float8_e4m3fnuz", "float8_e4m3fn", 0x151c5a3dae145b73},
    {"float8_e4m3fnuz", "float8_e5m2fnuz", 0x41410f723ee36f84},
    {"float8_e4m3fnuz", "float8_e8m0fnu", 0x8ce6fbd349aafd4f},
    {"float8_e8m0fnu", "float64", 0x19117f4a7c150000},
    {"float8_e8m0fnu", "float32", 0xc58083133c150000},
    {"float8_e8m0fnu", "float16", 0x7e3ae572c88bdd59},
    {"float8_e8m0fnu", "bfloat16", 0xa87fcb117fddc000},
    {"float8_e8m0fnu", "float8_e5m2", 0x2e7ad5cbed470f36},
    {"float8_e8m0fnu", "float8_e4m3fn", 0x47d3d7f1864b3466},
    {"float8_e8m0fnu", "float8_e5m2fnuz", 0x74ae075899d308f7},
    {"float8_e8m0fnu", "float8_e4m3fnuz", 0x3029c06825b562d5},
}};

/// Of the digits of every numpy.float16 as Python writes floats, joined by newlines.
inline constexpr std::uint64_t float16_texts = 0x7061e70f59891aeb;

/// The same of every 512th sampled numpy.float32, joined by newlines.
inline constexpr std::uint64_t float32_texts = 0xca5df9d98a99037c;

}  // namespace torch_values
