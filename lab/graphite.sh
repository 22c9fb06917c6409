# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Debian's carbon-cache and graphite-web on a lab host, and what they have read back. Source it after lab.sh.
#
#   lab_carbon_start HOST             a carbon-cache with dist/graphite's retention and aggregation, first archives of one
#                                     second (or LAB_GRAPHITE_STEP); returns when it listens on 127.0.0.1:2003
#   lab_relay_start HOST TEXT         a carbon-relay with this configuration; returns when it listens on port 2003
#   lab_graphite_start HOST           graphite-web above its whisper files, on 127.0.0.1:8080; returns when it answers
#   lab_graphite_render TARGET... [-- NAME=VALUE...]   the render API's answer in JSON; from is LAB_GRAPHITE_FROM
#   lab_graphite_picture FILE TARGET... [-- NAME=VALUE...]   the same as a PNG, in a file
#   lab_graphite_points TARGET [-- NAME=VALUE...]   the known points of the one series that the target gives, "time value"
#                                     a line; fails if it gives none or several series
#   lab_graphite_last TARGET          the newest known value of that series
#   lab_graphite_pixels FILE RRGGBB   its width, its height, and how many of its pixels have exactly this colour
#   lab_graphite_find QUERY           the last nodes of the names that match a pattern, one a line (/metrics/find)
#   lab_graphite_expand QUERY         the same with the whole names (/metrics/expand)
#   lab_graphite_api PATH [CURL-OPTION]...   anything else that it answers
#   lab_graphite_log                  the logs of both
#
# LAB_GRAPHITE is the directory of both (whisper/, conf/, web/), LAB_GRAPHITE_FROM the Unix time of the start. With a
# LAB_GRAPHITE_LISTEN of 0.0.0.0 other hosts reach them; LAB_GRAPHITE_SETTINGS are lines for graphite-web's settings. Of
# several hosts the functions that read work on LAB_GRAPHITE_HOST.

LAB_GRAPHITE=
LAB_GRAPHITE_HOST=
LAB_GRAPHITE_FROM=
LAB_GRAPHITE_STEP=1s
LAB_GRAPHITE_LISTEN=127.0.0.1
LAB_GRAPHITE_SETTINGS=
LAB_GRAPHITE_URL=http://127.0.0.1:8080

# ---- carbon -------------------------------------------------------------------------------------------------------

# Debian's own configuration but for directories, user and addresses, and the limit of 50 new metrics a minute. What
# dist/graphite has is taken as it is shipped; only its first archive, of an interval of ten seconds, is of one here.
lab_carbon_configure() { # HOST
  LAB_GRAPHITE=$LAB_DIR/graphite-$1
  mkdir -p "$LAB_GRAPHITE"/{conf,whisper,log,web} || return
  sed -E "s|^(STORAGE_DIR *=).*|\1 $LAB_GRAPHITE/|; s|^(LOCAL_DATA_DIR *=).*|\1 $LAB_GRAPHITE/whisper/|
    s|^(CONF_DIR *=).*|\1 $LAB_GRAPHITE/conf/|; s|^((LOG\|PID)_DIR *=).*|\1 $LAB_GRAPHITE/log/|; s|^USER *=.*|USER =|
    s|0\.0\.0\.0|$LAB_GRAPHITE_LISTEN|; s|^(MAX_CREATES_PER_MINUTE *=).*|\1 inf|" /etc/carbon/carbon.conf >"$LAB_GRAPHITE/conf/carbon.conf" &&
    cp "$LAB_ROOT/dist/graphite/storage-aggregation.conf" "$LAB_GRAPHITE/conf/" &&
    sed -E "s/^(retentions *= *)10s:/\1$LAB_GRAPHITE_STEP:/" "$LAB_ROOT/dist/graphite/storage-schemas.conf" >"$LAB_GRAPHITE/conf/storage-schemas.conf"
}

lab_carbon_start() { # HOST
  lab_carbon_configure "$1" || return
  LAB_GRAPHITE_HOST=$1 LAB_GRAPHITE_FROM=$EPOCHSECONDS
  lab_spawn_in "$1" "carbon-$1" carbon-cache --config="$LAB_GRAPHITE/conf/carbon.conf" --nodaemon --logdir="$LAB_GRAPHITE/log" \
    --pidfile="$LAB_GRAPHITE/carbon.pid" start || return
  lab_wait 30 "carbon-cache on $1" lab_carbon_listens "$1" && return
  lab_graphite_log >&2
  return 1
}

lab_relay_start() { # HOST TEXT
  local dir=$LAB_DIR/relay-$1
  # It wants the file of a store, and makes nothing of it.
  mkdir -p "$dir" && printf '%s\n' "$2" >"$dir/carbon.conf" && cp /etc/carbon/storage-schemas.conf "$dir/" || return
  lab_spawn_in "$1" "relay-$1" carbon-relay --config="$dir/carbon.conf" --nodaemon --logdir="$dir" --pidfile="$dir/pid" start ||
    return
  lab_wait 30 "carbon-relay on $1" lab_carbon_listens "$1" && return
  tail -n 20 "$LAB_DIR/relay-$1.log" "$dir"/*.log >&2
  return 1
}

lab_carbon_listens() { lab_in "$1" bash -c ': </dev/tcp/127.0.0.1/2003' 2>/dev/null; }

# ---- graphite-web ---------------------------------------------------------------------------------------------------

# No memcached: what has been asked once is asked again.
lab_graphite_configure() {
  cat >"$LAB_GRAPHITE/web/wiretruth_graphite_settings.py" <<END
SECRET_KEY = '$LAB_ID'
TIME_ZONE = 'UTC'
LOG_ROTATION = False
GRAPHITE_ROOT = '/usr/share/graphite-web'
STATIC_ROOT = '/usr/share/graphite-web/static'
CONF_DIR = '$LAB_GRAPHITE/conf'
STORAGE_DIR = '$LAB_GRAPHITE'
LOG_DIR = '$LAB_GRAPHITE/log'
INDEX_FILE = '$LAB_GRAPHITE/index'
WHISPER_DIR = '$LAB_GRAPHITE/whisper'
DATABASES = {'default': {'NAME': '$LAB_GRAPHITE/graphite.db', 'ENGINE': 'django.db.backends.sqlite3'}}
$LAB_GRAPHITE_SETTINGS
END
}

lab_graphite_start() { # HOST
  local environment=(env "PYTHONPATH=$LAB_GRAPHITE/web" GRAPHITE_SETTINGS_MODULE=wiretruth_graphite_settings
    DJANGO_SETTINGS_MODULE=graphite.settings PYTHONDONTWRITEBYTECODE=1 "HOME=$LAB_GRAPHITE/web")
  lab_graphite_configure || return
  lab_in "$1" "${environment[@]}" django-admin migrate --run-syncdb --no-color >"$LAB_GRAPHITE/log/migrate" 2>&1 || {
    cat "$LAB_GRAPHITE/log/migrate" >&2
    return 1
  }
  lab_spawn_in "$1" "graphite-web-$1" "${environment[@]}" gunicorn --bind="$LAB_GRAPHITE_LISTEN:8080" --workers=1 --threads=2 \
    --worker-tmp-dir="$LAB_GRAPHITE/web" graphite.wsgi || return
  lab_wait 30 'graphite-web' lab_graphite_api /version/ --output /dev/null && return
  lab_graphite_log >&2
  return 1
}

lab_graphite_log() { tail -n 40 "$LAB_DIR/carbon-$LAB_GRAPHITE_HOST.log" "$LAB_DIR/graphite-web-$LAB_GRAPHITE_HOST.log" "$LAB_GRAPHITE"/log/*; }

# ---- reading ------------------------------------------------------------------------------------------------------

lab_graphite_api() { lab_http "$LAB_GRAPHITE_HOST" "$LAB_GRAPHITE_URL$1" "${@:2}"; } # PATH [CURL-OPTION]...

lab_graphite_ask() { # FORMAT TARGET... [-- NAME=VALUE...]
  local name=target word
  local -a data=(--data-urlencode "format=$1" --data-urlencode "from=$LAB_GRAPHITE_FROM")
  for word in "${@:2}"; do
    if [[ $word == -- ]]; then name=; else data+=(--data-urlencode "${name:+$name=}$word"); fi
  done
  lab_graphite_api /render/ --get "${data[@]}" # of two with one name the last counts
}

lab_graphite_render() { lab_graphite_ask json "$@"; }                 # TARGET... [-- NAME=VALUE...]
lab_graphite_picture() { lab_graphite_ask png "${@:2}" >"$1"; }       # FILE TARGET... [-- NAME=VALUE...]

lab_graphite_points() { # TARGET [-- NAME=VALUE...]
  local answer
  answer=$(lab_graphite_render "$@" | jq -r 'if length == 1 then .[0].datapoints[] | select(.[0] != null) | "\(.[1]) \(.[0])"
    else "several" end') && [[ $answer && $answer != several ]] && printf '%s\n' "$answer"
}

lab_graphite_last() { # TARGET
  local points
  points=$(lab_graphite_points "$1") && printf '%s\n' "${points##* }"
}

lab_graphite_find() { lab_graphite_api /metrics/find --get --data-urlencode "query=$1" | jq -r '.[].text'; } # QUERY

lab_graphite_expand() { lab_graphite_api /metrics/expand --get --data-urlencode "query=$1" | jq -r '.results[]'; } # QUERY

# The library is graphite-web's own.
lab_graphite_pixels() { # FILE RRGGBB
  /usr/bin/python3 - "$@" <<'END'
import sys, cairo
picture = cairo.ImageSurface.create_from_png(sys.argv[1])
width, height, stride, data = picture.get_width(), picture.get_height(), picture.get_stride(), picture.get_data()
colour = bytes.fromhex(sys.argv[2])[::-1]
print(width, height, sum(bytes(data[y * stride + 4 * x:y * stride + 4 * x + 3]) == colour
                         for y in range(height) for x in range(width)))
END
}
