#!/bin/sh
# A copy that ends early also ends this script early: the trap then says what sh cannot.
exec 9>&2 2>/dev/null
fail() {
  trap - EXIT
  echo "peat: cannot start: $1" >&9
  exit 1
}
trap 'fail "this copy is damaged; copy it again"' EXIT

# peat @VERSION@. This file is a program for sh, then the compressed runtime, then the compressed
# bundle. The first start unpacks both; every later one only looks for them and runs them.
#
# Needs sh, the core utilities and gzip. Unpacks into PEAT_RUNTIME_DIR if that is set, else into
# the first of XDG_CACHE_HOME/peat, HOME/.cache/peat and TMPDIR/peat-* that is private to the user.

case $0 in
/*) PEAT_EXECUTABLE=$0 ;;
*) PEAT_EXECUTABLE=$PWD/${0#./} ;;
esac
case $PEAT_RUNTIME_DIR in
'' | /*) ;;
*) PEAT_RUNTIME_DIR=$PWD/$PEAT_RUNTIME_DIR ;;
esac
if [ -n "$XDG_CACHE_HOME" ]; then
  cache=$XDG_CACHE_HOME/peat
else
  cache=${HOME:+$HOME/.cache/peat}
fi
temporary=${TMPDIR:-/tmp}
runtime=runtime-@RUNTIME_ID@
bundle=bundle-@BUNDLE_ID@

# Only builtins from here to `launch`: a later start must cost no process but its own. Ownership is
# enough of a check, because what was unpacked is closed to others whatever lies around it.
is_mine() {
  [ -O "$1" ] && [ ! -L "$1" ]
}

is_unpacked() {
  is_mine "$1" && is_mine "$1/$runtime" && is_mine "$1/$bundle" &&
    [ -x "$1/$runtime/peat" ] && [ -f "$1/$bundle/main.js" ]
}

# The runtime takes back all writing or none of it, so where a node may write is decided here, from
# what decides where it does: the flag, else the variable, else the line in the configuration.
# Whatever is not understood may write as before.
grant() {
  writes=--allow-write runs=
  command= next= data= runtime_dir= socket= record= id= config=
  for word in "$@"; do
    if [ -n "$next" ]; then
      note "$next" "$word"
      next=
      continue
    fi
    case $word in
    --) break ;;
    --data-dir | --runtime-dir | --socket | --record | --id | --config) next=${word#--} ;;
    --data-dir=* | --runtime-dir=* | --socket=* | --record=* | --id=* | --config=*)
      key=${word%%=*}
      note "${key#--}" "${word#*=}"
      ;;
    -o | --output | --color | --timeout | --log-level) next=other ;;
    -*) ;;
    *) command="$command $word" ;;
    esac
  done
  case $command in
  ' demo' | ' demo '*) runs=--allow-run ;;
  ' node run' | ' node run '*) narrow ;;
  esac
}

# The first word counts, because the stronger of two layers is read first.
note() {
  case $1 in
  data-dir) data=${data:-$2} ;;
  runtime-dir) runtime_dir=${runtime_dir:-$2} ;;
  socket) socket=${socket:-$2} ;;
  record) record=${record:-$2} ;;
  id) id=${id:-$2} ;;
  config) config=${config:-$2} ;;
  esac
}

narrow() {
  note data-dir "$PEAT_DATA_DIR"
  note runtime-dir "$PEAT_RUNTIME_DIR"
  note socket "$PEAT_SOCKET"
  note record "$PEAT_RECORD"
  note id "$PEAT_ID"
  note config "${PEAT_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/peat/config.toml}"
  note_configuration || return
  note data-dir "${XDG_STATE_HOME:-${HOME:-/}/.local/state}/peat/${id:-node}"
  if [ -n "$XDG_RUNTIME_DIR" ]; then note runtime-dir "$XDG_RUNTIME_DIR/peat"; fi
  if [ -z "$runtime_dir" ]; then
    find_user || return
    runtime_dir=/tmp/peat-$user
  fi
  # A socket whose path would be too long goes to a place that nobody knows beforehand.
  if [ -z "$socket" ] && [ ${#data} -gt 90 ] && [ ${#runtime_dir} -gt 90 ]; then return; fi
  places=
  place "$data" && place "$runtime_dir" || return
  if [ -n "$socket" ]; then place "$socket" || return; fi
  if [ -n "$record" ]; then place "$record" && place "$record.previous" || return; fi
  writes=--allow-write=${places#,}
}

# Adds a path as it was given, and as what it is where it leads over links. Fails on one that does
# not fit into a list.
place() {
  case $1 in
  *,*) return 1 ;;
  /*) path=$1 ;;
  *) path=$PWD/$1 ;;
  esac
  places=$places,$path
  link=$path
  while [ -n "$link" ] && [ ! -L "$link" ]; do link=${link%/*}; done
  [ -n "$link" ] || return 0
  there=$path rest=
  until [ -d "$there" ]; do
    rest=/${there##*/}$rest there=${there%/*}
    [ -n "$there" ] || return 1
  done
  there=$(cd -P "$there" && pwd -P) || return 1
  case $there in
  *,*) return 1 ;;
  esac
  places=$places,$there$rest
}

# Reads plain `key = "value"` lines, and fails when one that matters is written otherwise.
note_configuration() {
  [ -r "$config" ] || return 0
  blank=$(printf ' \t')
  while read -r line || [ -n "$line" ]; do
    key=${line%%=*}
    key=${key%"${key##*[!"$blank"]}"}
    case $key in
    \"* | \'*) return 1 ;;
    data-dir | runtime-dir | socket | record | id) ;;
    *) continue ;;
    esac
    value=${line#*=}
    value=${value#"${value%%[!"$blank"]*}"}
    case $value in
    *\\* | '"""'*) return 1 ;;
    '"'*'"'*)
      value=${value#\"}
      note "$key" "${value%%\"*}"
      ;;
    *) return 1 ;;
    esac
  done <"$config"
}

# The user's number, without a process where the kernel tells it.
find_user() {
  if [ -r /proc/self/status ]; then
    while read -r key user _; do
      [ "$key" != Uid: ] || return 0
    done </proc/self/status
  fi
  user=$(id -u)
}

launch() {
  folder=$1
  shift
  grant "$@"
  trap 'fail "$folder/$runtime/peat does not run on this machine"' EXIT
  export PEAT_EXECUTABLE DENO_DIR="$folder/$bundle/cache"
  export DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
  exec "$folder/$runtime/peat" run @FLAGS@ "$writes" $runs \
    "$folder/$bundle/main.js" "$@" 2>&9 9>&-
}

if [ -n "$PEAT_RUNTIME_DIR" ]; then
  is_unpacked "$PEAT_RUNTIME_DIR" && launch "$PEAT_RUNTIME_DIR" "$@"
else
  for folder in "$cache" "$temporary"/peat-*; do
    is_unpacked "$folder" && launch "$folder" "$@"
  done
fi

# From here on this is a first start.
is_intact() {
  found=$(tail -c +@PAYLOAD_START@ "$PEAT_EXECUTABLE" | sha256sum)
  [ "${found%% *}" = @PAYLOAD_SHA256@ ]
}

# Others must not be able to put their own runtime where this user will run it.
is_private() {
  is_mine "$1" || return 1
  case $(ls -ld "$1") in
  ?????w* | ????????w*) return 1 ;;
  esac
}

prepare() {
  mkdir -p "${1%/*}"
  mkdir -m 700 "$1"
  is_private "$1" && [ -w "$1" ]
}

# Ten that start at once wait for one to unpack. The link names the process that does. Two that
# both believe it is their turn only do the same work twice.
await_turn() {
  tries=0
  until ln -s "$$" "$1/.unpacking" || [ "$tries" -ge 300 ]; do
    is_unpacked "$1" && return
    holder=$(readlink "$1/.unpacking")
    if [ "$holder" != "$$" ] && kill -0 "$holder"; then
      sleep 0.1
    else
      rm -f "$1/.unpacking"
    fi
    tries=$((tries + 1))
  done
}

# What a killed start left behind is as large as the runtime.
sweep() {
  for left in "$1"/.unpacking-*; do
    kill -0 "${left##*-}" || rm -rf "$left"
  done
  [ -x "$1/$runtime/peat" ] || rm -rf "${1:?}/$runtime"
  [ -f "$1/$bundle/main.js" ] || rm -rf "${1:?}/$bundle"
}

# Reads the files of the bundle, one after the other, from standard input.
split_bundle() {
@SPLIT_BUNDLE@
}

# Runs in a shell of its own, so that the mask and the folder are those of this function only.
fill() (
  umask 077
  cd "$1" && mkdir "$runtime" "$bundle" "$bundle/cache" || return 1
  tail -c +@PAYLOAD_START@ "$PEAT_EXECUTABLE" | head -c @RUNTIME_BYTES@ |
    gzip -dc >"$runtime/peat" && chmod 700 "$runtime/peat" || return 1
  tail -c +@BUNDLE_START@ "$PEAT_EXECUTABLE" | gzip -dc >files || return 1
  cd "$bundle" && split_bundle <../files && sync "../$runtime/peat" ./*
)

# Everything is complete on the disk before it gets the name that a later start looks for.
unpack() {
  await_turn "$1"
  is_unpacked "$1" || unpack_now "$1"
  rm -f "$1/.unpacking"
  is_unpacked "$1"
}

unpack_now() {
  sweep "$1"
  fresh=$1/.unpacking-$$
  rm -rf "$fresh"
  mkdir "$fresh" && fill "$fresh" && mv "$fresh/$runtime" "$fresh/$bundle" "$1/"
  rm -rf "$fresh"
}

first_start() {
  trap - EXIT
  is_intact || fail "this copy is damaged; copy it again"
  if [ -n "$PEAT_RUNTIME_DIR" ]; then
    prepare "$PEAT_RUNTIME_DIR" ||
      fail "$PEAT_RUNTIME_DIR is not a private, writable folder of this user; run chmod go-w on it"
    unpack "$PEAT_RUNTIME_DIR" || fail "$PEAT_RUNTIME_DIR is full or runs no programs"
    launch "$PEAT_RUNTIME_DIR" "$@"
  fi
  for folder in "$cache" "$temporary/peat-$(id -u)" "$(mktemp -u "$temporary/peat-XXXXXXXX")"; do
    prepare "$folder" && unpack "$folder" && launch "$folder" "$@"
  done
  fail "${cache:-HOME} and $temporary are full, not writable, or run no programs; set PEAT_RUNTIME_DIR"
}

first_start "$@"
exit
