#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 15
#
# Peers of a series that want to do harm or know no better: an octet a second, headers without end, compressed octets that
# become hundreds of megabytes, redirects to a file, to another host and to themselves, an old or foreign protocol, a
# connection that ends in a header, certificates of another name and out of date. Each is a sentence within the time-out,
# in bounded memory, while the figures of the interfaces go on; nobody else is asked. series.sh has those of an exporter's own
# failures.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

lab_start && lab_host host && cd "$LAB_DIR" || exit 1

# ---- peers --------------------------------------------------------------------------------------------------------

serve() { # NAME MODE FILE: its port in PORT
  lab_spawn_in host "serve-$1" "$LAB_BIN/serve" 0 "${@:2}"
  lab_wait_log 10 "serve-$1" '^listening' || return
  PORT=$(lab_figure port "$(<"serve-$1.log")")
}

header='HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain; version=0.0.4\r\n'
good='node_network_receive_packets_total{device="lo"} 1\n'
make_answers() {
  # shellcheck disable=SC2059 # they are formats
  {
    printf "$header\r\n$good" >good
    printf "$header\r\n${good%\\n}" >unended
    printf 'SSH-2.0-OpenSSH_9.2\r\n' >foreign
    printf "$good" >old
    printf 'HTTP/1.1 200 OK\r\nConte' >header-cut
    printf 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n' >negative
    printf 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n%s' "$good" >chunk
    printf "${header}Content-Encoding: gzip\r\n\r\nno gzip at all" >no-gzip
    printf "${header}Content-Encoding: br\r\n\r\nxxx" >other-coding
    printf 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n' >nothing
    printf 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n' >unauthorized
  }
  { printf 'HTTP/1.1 200 OK\r\n'; yes "$(printf 'X-And-So-On: %01000d\r' 0)" | head -c 20000000; } >headers
  # shellcheck disable=SC2059
  { printf "${header}Content-Encoding: gzip\r\n\r\n"; yes '# and so on, and so on' | head -c 400000000 | gzip -1; } >gzip-bomb
  head -c 100000 /dev/urandom >random
}

# Of a name that is ours and a time that is over.
make_certificates() {
  openssl req -new -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=127.0.0.1 2>/dev/null
  : >index
  echo 01 >serial
  cat >ca.conf <<END
[ca]
default_ca = lab
[lab]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = IP:127.0.0.1
END
  openssl ca -batch -selfsign -config ca.conf -keyfile key.pem -in request.pem -out expired.pem -notext \
    -startdate 20200101000000Z -enddate 20200102000000Z >/dev/null 2>&1 &&
    openssl req -x509 -key key.pem -out other.pem -days 2 -subj /CN=other -addext subjectAltName=DNS:other.example 2>/dev/null
}

# ---- observers ----------------------------------------------------------------------------------------------------

names=()
# 600 MB of addresses are plenty, and less than what the bomb would take.
follow() { # NAME OPTION...
  names+=("$1")
  lab_sanitized || OBSERVE_WRAP=(prlimit --as=600000000)
  observe_spawn "$1" host --method none --duration 5 --series-timeout 2 "${@:2}" lo
  OBSERVE_WRAP=()
}

make_answers && make_certificates || exit 1
serve good raw good && follow good --series "http://127.0.0.1:$PORT/metrics"
serve victim file good && victim=$PORT
for name in unended foreign old header-cut negative chunk no-gzip other-coding nothing unauthorized headers gzip-bomb random; do
  serve $name raw $name && follow $name --series "http://127.0.0.1:$PORT/metrics"
done
serve slow slow good && follow slow --series "http://127.0.0.1:$PORT/metrics"
serve to-file redirect "file://$LAB_DIR/good" && follow to-file --series "http://127.0.0.1:$PORT/metrics"
serve elsewhere redirect "http://127.0.0.1:$victim/metrics" && follow elsewhere --series "http://127.0.0.1:$PORT/metrics"
serve itself redirect /metrics && follow itself --series "http://127.0.0.1:$PORT/metrics"
serve no-tls raw good && follow no-tls --series "https://127.0.0.1:$PORT/metrics"
for name in expired other; do
  port=$((9400 + ${#names[@]}))
  lab_spawn_in host "tls-$name" openssl s_server -accept 127.0.0.1:$port -cert $name.pem -key key.pem -www
  lab_wait_log 10 "tls-$name" '^ACCEPT' || exit 1
  follow $name --series "https://127.0.0.1:$port/metrics" --series-ca "$LAB_DIR/$name.pem"
done

begun=$EPOCHSECONDS
for name in "${names[@]}"; do
  lab_reap "${OBSERVE_PID[$name]}" 40 || lab_stop "${OBSERVE_PID[$name]}" KILL
  observe_take "$name"
done
check "all end when their time is over ($((EPOCHSECONDS - begun)) s for ${#names[@]} of 5 s)" test $((EPOCHSECONDS - begun)) -lt 40

# ---- what they say ------------------------------------------------------------------------------------------------

says() { # NAME PATTERN DESCRIPTION
  [[ $(observe_fact "$1" series.error) =~ $2 ]]
  tap_ok $? "$1: $3: $(observe_fact "$1" series.error | head -c 160)"
  tap_is "${OBSERVE_STATUS[$1]} $(observe_fact "$1" lo.rx.series.verdict) $(observe_fact "$1" lo.rx.series.frames)" \
    '0 unknown null' "$1: there is no verdict"
  check "$1: all else is reported" test "$(observe_fact "$1" lo.rx.counter.frames)" -gt 0
}
tap_is "$(observe_fact good series.error) ${OBSERVE_STATUS[good]}" 'null 0' 'a good one is taken'
says unended 'does not end with a line feed' 'half a number is no number'
says foreign 'HTTP/0.9|[Ww]eird server' 'another protocol'
says old 'HTTP/0.9' 'an answer without a header'
says header-cut 'HTTP|transfer|Empty|no node_network' 'a connection that ends in a header'
says negative '[Cc]ontent-[Ll]ength|transfer|answer|content' 'a length below nothing'
says chunk 'chunk|[Hh]ex|transfer' 'a chunk that is longer than anything'
says no-gzip 'gzip|content|encoding|invalid' 'compressed octets that are none'
says other-coding 'encoding|no node_network' 'a coding that nobody asked for'
says nothing '204|content|status' 'no content'
says unauthorized 'HTTP status 401' 'a server that wants a password'
says headers 'header|large|answer' 'headers without end'
says gzip-bomb 'larger than 64 MiB|no complete answer' 'compressed octets that become 400 MB'
says random 'HTTP/0.9|[Ww]eird|transfer' 'noise'
says slow 'no complete answer within' 'an octet a second'
says to-file '302.*not followed' 'a redirect to a file'
says elsewhere '302.*not followed' 'a redirect to another server'
says itself '302.*not followed' 'a redirect to itself'
says no-tls 'SSL|TLS|version' 'no TLS where TLS has to be'
says expired 'certificate verification failed' 'a certificate that is out of date'
says other 'certificate subject name' 'a certificate of another name'
tap_is "$(grep -c asked serve-victim.log)" 0 'whom they redirect to is not asked'
for name in elsewhere itself; do
  check "$name: it is asked once a poll" test "$(grep -c asked serve-$name.log)" -le 40
done
tap_done
