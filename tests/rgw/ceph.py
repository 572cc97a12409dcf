"""A Ceph Object Gateway of our own, on this host and in memory: an S3 that knows who owns an object, and heeds it.

One monitor, one manager, one OSD, one gateway; no authentication between them, nothing outside of a folder.
https://docs.ceph.com/en/pacific/install/manual-deployment/
"""

import json
import socket
import subprocess
import time
import uuid
from pathlib import Path

import boto3
from botocore.config import Config

REGION = "us-east-1"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Ceph:
    def __init__(self, folder: Path):
        self._folder = folder
        self._processes = []
        self._conf = folder / "ceph.conf"
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._monitor = f"v1:127.0.0.1:{free_port()}"
        self._fsid = str(uuid.uuid4())

    def start(self):
        for name in ("mon", "mgr", "osd", "run", "log"):
            (self._folder / name).mkdir()
        self._conf.write_text(self._configuration())
        keyring = self._folder / "keyring"
        self._run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        monmap = self._folder / "monmap"
        self._run("monmaptool", "--create", "--clobber", "--fsid", self._fsid, "--addv", "a", f"[{self._monitor}]", monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self._spawn("ceph-mon", "-i", "a")
        self._spawn("ceph-mgr", "-i", "x")
        osd = str(uuid.uuid4())
        self._run("ceph", "osd", "new", osd)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._spawn("ceph-osd", "-i", "0")
        self._spawn("radosgw", "-n", "client.rgw", "--rgw-frontends", f"beast endpoint=127.0.0.1:{self._port}")
        self._wait()

    def stop(self):
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    def user(self, name):
        """Access key and secret of a new user, whose canonical id is its name."""
        said = self._run("radosgw-admin", "user", "create", "--uid", name, "--display-name", name)
        [key] = json.loads(said)["keys"]
        return key["access_key"], key["secret_key"]

    def client(self, keys):
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return boto3.client("s3", REGION, endpoint_url=self.url, aws_access_key_id=keys[0], aws_secret_access_key=keys[1], config=config)

    def _configuration(self):
        folder = self._folder
        lines = {
            "fsid": self._fsid,
            "mon host": f"[{self._monitor}]",
            "ms bind msgr2": "false",
            "auth cluster required": "none",
            "auth service required": "none",
            "auth client required": "none",
            "mon data": folder / "mon",
            "mgr data": folder / "mgr",
            "osd data": folder / "osd",
            "run dir": folder / "run",
            "admin socket": folder / "run" / "$name.$pid.asok",
            "log file": folder / "log" / "$name.log",
            "crash dir": folder / "run",
            "osd objectstore": "memstore",
            "memstore device bytes": "1073741824",
            "osd pool default size": "1",
            "osd pool default min size": "1",
            "osd pool default pg num": "1",
            "osd pool default pg autoscale mode": "off",
            "osd crush chooseleaf type": "0",
            "mon allow pool size one": "true",
            "mgr initial modules": "",
            "rgw dns name": "localhost",
        }
        return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items())

    def _run(self, program, *arguments):
        command = [program, "-c", self._conf, *arguments]
        if program in ("ceph-authtool", "monmaptool"):
            command = [program, *arguments]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
        return done.stdout

    def _spawn(self, program, *arguments):
        self._processes.append(self._started([program, "-f", "-c", str(self._conf), *map(str, arguments)]))

    def _started(self, command):
        with open(self._folder / "log" / f"{command[0]}.out", "a") as log:
            return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    def _wait(self, seconds=120):
        end, again = time.monotonic() + seconds, 5
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=1):
                    return
            except OSError:
                gone = [index for index, process in enumerate(self._processes) if process.poll() is not None]
                if again < len(gone) or time.monotonic() > end:
                    names = [self._processes[index].args[0] for index in gone]
                    raise RuntimeError(f"the gateway did not start: {names}; see {self._folder / 'log'}") from None
                # An OSD that comes before the monitor is ready for it gives up at once.
                for index in gone:
                    again -= 1
                    self._processes[index] = self._started(self._processes[index].args)
                time.sleep(0.5)
