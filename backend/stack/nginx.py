"""nginx's configuration: that of production around upstreams and a place to listen of this machine."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy" / "nginx"
_VARIABLE = re.compile(r"\$\{(RESQ_[A-Z_]+)\}")

_MAIN = """\
{user}worker_processes 2;
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;

events {{
    worker_connections 1024;
}}

http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/resq.conf;
    access_log {access_log} resq;

    server {{
        listen 127.0.0.1:{port};
        include {locations};
    }}
}}
"""


def rendered(template: str, values: Mapping[str, str]) -> str:
    """A template with its `${RESQ_...}` filled in, as the image of nginx does it; nginx's own variables stay."""
    return _VARIABLE.sub(lambda found: values[found[1]], template)


def upstream_servers(addresses: Sequence[str]) -> str:
    """What stands in the upstream for these `host:port`."""
    return " ".join(f"server {address} max_fails=3 fail_timeout=5s;" for address in addresses)


def write_config(folder: Path, *, port: int, upstreams: Sequence[str], access_log: Path) -> Path:
    """The configuration file of an nginx that passes on to these `host:port`, all it writes being in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    template = (DEPLOY / "resq.conf.template").read_text(encoding="utf-8")
    values = {"RESQ_UPSTREAM_SERVERS": upstream_servers(upstreams)}
    (folder / "resq.conf").write_text(rendered(template, values), encoding="utf-8")
    main = _MAIN.format(
        user="user root;\n" if os.geteuid() == 0 else "",  # else its workers could not read below this folder
        folder=folder,
        port=port,
        access_log=access_log,
        locations=DEPLOY / "resq.locations",
    )
    path = folder / "nginx.conf"
    path.write_text(main, encoding="utf-8")
    return path


def command(config: Path) -> tuple[str, ...]:
    """What runs nginx in the foreground with this configuration."""
    return ("nginx", "-e", "stderr", "-p", str(config.parent), "-c", str(config))
