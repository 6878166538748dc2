"""The real security plugin for an assembled server: TLS, users and roles as in a cluster that has something to hide.

Two parts of it were never published. Its descriptor names the module rule-framework, which is taken out; the classes
that then cannot be loaded serve rules of workload management alone. The library that it has from there is put
beside it.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from local.opensearch.artifacts import SECURITY_LOCK, locked_artifacts
from local.opensearch.download import download, missing
from local.opensearch.home import place
from local.opensearch.parts import SECURITY_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

ADMIN = "CN=admin,O=tests"
NODE = "CN=node,O=tests"
# Paths are relative to the folder of this file, below which the plugin wants certificates to lie.
SETTINGS = f"""\
plugins.security.ssl.transport.pemcert_filepath: certs/node.pem
plugins.security.ssl.transport.pemkey_filepath: certs/node.key
plugins.security.ssl.transport.pemtrustedcas_filepath: certs/ca.pem
plugins.security.ssl.transport.enforce_hostname_verification: false
plugins.security.ssl.http.enabled: true
plugins.security.ssl.http.pemcert_filepath: certs/node.pem
plugins.security.ssl.http.pemkey_filepath: certs/node.key
plugins.security.ssl.http.pemtrustedcas_filepath: certs/ca.pem
plugins.security.ssl.http.clientauth_mode: OPTIONAL
plugins.security.nodes_dn: ["{NODE}"]
plugins.security.authcz.admin_dn: ["{ADMIN}"]
plugins.security.allow_default_init_securityindex: true
plugins.security.audit.type: noop
"""
# Without the users and mappings that the plugin brings: users are made with the administrator's certificate.
EMPTY = {"internal_users": "internalusers", "roles_mapping": "rolesmapping"}


def add_security(home: Path, config: Path, cache: Path) -> None:
    """Put the plugin into an assembled home and its first configuration beside the server's.

    Args:
        home: the server's, as `assemble` leaves it.
        config: its `path.conf`, with `certs/` in it: ca.pem, and node.pem and node.key of the DN `NODE`.
        cache: of artifacts; what it lacks is downloaded.
    """
    artifacts = locked_artifacts(SECURITY_LOCK)
    if lacking := missing(artifacts, cache):
        download(lacking, cache)
    for artifact in artifacts:
        place(artifact, cache / artifact.path, home / artifact.folder)
    folder = home / SECURITY_FOLDER
    descriptor = folder / "plugin-descriptor.properties"
    text = re.sub(r"(?m)^extended\.plugins=.*$", "extended.plugins=", descriptor.read_text("utf-8"))
    descriptor.write_text(text, "utf-8")
    shutil.move(folder / "config", config / "opensearch-security")
    for name, kind in EMPTY.items():
        content = f"_meta: {{type: {kind}, config_version: 2}}\n"
        (config / "opensearch-security" / f"{name}.yml").write_text(content, "utf-8")
    (config / "opensearch.yml").write_text(SETTINGS, "utf-8")
