#!/usr/bin/env bash
# Makes the image dowel-bench/model of this machine's own Python and a model server's file: image.sh FILE
set -eu
python=$(readlink -f /usr/bin/python3)
library=/usr/lib/$(basename "$python")
linked=$(ldd "$python" "$library"/lib-dynload/*.so | grep -oE '/[^ ]+ \(' | cut -d' ' -f1 | sort -u)
# Links are followed, so that /lib is what the loader looks for in either layout.
tar -chf - --exclude=test --exclude='config-*' --transform 's,^.*/model_server.py$,model_server.py,' -P $linked "$python" /usr/bin/python3 "$library" "$1" 2>/dev/null |
  docker ${DOWEL_DOCKER:+-H "$DOWEL_DOCKER"} import -c 'CMD ["/usr/bin/python3", "/model_server.py"]' -c 'ENV PYTHONUNBUFFERED=1' - dowel-bench/model:1 >/dev/null
