#!/bin/bash
# Runs every example that the help of every command shows, each in a fresh folder where `testdata`
# leads to the test data. A command must show two; a comparison may answer no (exit code 1).
#
# usage: examples_test.sh CKPT_FOLDER TESTDATA_FOLDER
set -u
export PATH="$1:$PATH"
testdata=$2
failures=0
runs=0

fail() {
  echo "$1" >&2
  failures=$((failures + 1))
}

# "info", "optim ls": the commands and, of a group, its parts as well.
commands() {
  ckpt --help | sed -n 's/^  \([a-z]\+\)[ ].*/\1/p' | while read -r command; do
    ckpt "$command" --help | grep -q '^examples:' && echo "$command"
    ckpt "$command" --help | sed -n "s/^  \($command [a-z]\+\)  .*/\1/p"
  done
}

examples_of() {
  # shellcheck disable=SC2086 (a command of a group is two words)
  ckpt $1 --help | sed -n '/^examples:$/,$s/^  \([^ ].*\)/\1/p'
}

run_example() {
  local folder words code
  folder=$(mktemp -d)
  ln -s "$testdata" "$folder/testdata"
  mkdir -p "$folder/.config/fish/completions"
  words=$(cd "$folder" && HOME=$folder bash -c "$1" 2>&1 > /dev/null)
  code=$?
  rm -r "$folder"
  runs=$((runs + 1))
  [ $code -le 1 ] || fail "$1: exit code $code: $words"
}

while read -r command; do
  [ "$(examples_of "$command" | wc -l)" -ge 2 ] || fail "ckpt $command: fewer than two examples"
  while read -r example; do run_example "$example"; done < <(examples_of "$command")
done < <(commands)

echo "$runs examples run, $failures failures"
[ $runs -ge 20 ] && [ $failures -eq 0 ]
