"""A school of 5,000 hosts in a temporary folder, with the daemon and rsyncd as an admin would set them up."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

import processes

HOSTS = 5000
# The first hosts are this machine's own loopback addresses, so that rsync clients can be any of them; the next ones are
# those that Tests/Tools/tftpload.c gives its clients.
LOCAL_HOSTS = 200
TFTP_HOSTS = 500
SMALL_FILE = "start.conf.win11"
MADE_FILE = "images/win11/win11.reg"
# rsyncd's own backlog of 5 makes the kernel drop connections of 64 clients, which try again a second later. And unless
# it is off here too, rsyncd asks the DNS for each client before it knows the module.
RSYNCD_HEAD = """\
port = {port}
address = 127.0.0.1
listen backlog = 256
reverse lookup = no
log file = {log}
"""
RSYNC = shutil.which("rsync") or "/usr/bin/rsync"


def address(number):
    """The address of host `number`, counted from 1."""
    if number <= LOCAL_HOSTS:
        return f"127.0.0.{number + 1}"
    if number <= LOCAL_HOSTS + TFTP_HOSTS:
        index = number - LOCAL_HOSTS - 1
        return f"127.0.{1 + index // 254}.{1 + index % 254}"
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def connects(path):
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


class School:
    """The folder, and all servers; leaving the context ends them and removes it."""

    def __init__(self, build):
        self.build = build
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="linbo-bench."))
        self.folder.chmod(0o755)
        self.tree = self.folder / "srv"
        self.internal = self.tree / ".linbo-hookd"
        self.config = self.folder / "linbo-hookd.yaml"
        self.socket = self.folder / "hook.sock"
        self.api = self.folder / "api.sock"
        self.daemon = None
        self.servers = []

    def __enter__(self):
        try:
            self._install()
            self._make_files()
            self.start_daemon()
            self.conf = self._rsyncd_conf()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in reversed(self.servers):
            processes.end(server)
        processes.end_all_below(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _install(self):
        """Copies the programs, as `make install` does: a copy lies otherwise in the page cache than what a linker wrote,
        and starts in 0.55 ms instead of 0.69."""
        installed = self.folder / "bin"
        installed.mkdir()
        for name in ("linbo-hookd", "linbo-hook", "linboctl", "tracker-alone"):
            shutil.copy2(self.build / name, installed / name)
        self.build = installed

    # Servers

    def program(self, name):
        return str(self.build / name)

    def launch_daemon(self):
        """Starts the daemon, and waits for nothing."""
        self.daemon = self.spawn("hookd.log", self.program("linbo-hookd"), "serve", "--config", str(self.config))
        return self.daemon

    def restart_daemon(self, tftp, plugins="", extra=""):
        """With other lines below `tftp:`, more plugins, and more sections."""
        self.stop_daemon()
        self._write_config(tftp, plugins, extra)
        self.start_daemon()

    def start_daemon(self):
        daemon = self.launch_daemon()
        processes.eventually(
            "the daemon answers",
            lambda: (self.accepts() and connects(self.api)) or self.ended(daemon, "hookd.log"))

    def stop_daemon(self):
        processes.end(self.daemon)
        self.servers.remove(self.daemon)

    def accepts(self):
        """Whether the daemon's socket takes a connection."""
        return connects(self.socket)

    def serving(self, config):
        """A daemon of another configuration, whose sockets lie beside it. To be ended by the caller."""
        daemon = self.spawn("other.log", self.program("linbo-hookd"), "serve", "--config", str(config))
        processes.eventually(
            "the other daemon answers",
            lambda: connects(config.parent / "api.sock") or self.ended(daemon, "other.log"))
        return daemon

    def start_rsyncd(self, shell=None):
        """One more rsyncd with all modules.

        shell -- as RSYNC_SHELL, which runs the hooks instead of /bin/sh
        """
        port = processes.free_port()
        file = self.folder / f"rsyncd.{port}.conf"
        log = f"rsyncd.{port}.log"
        file.write_text(RSYNCD_HEAD.format(port=port, log=self.folder / log) + self.conf)
        environment = {name: value for name, value in os.environ.items() if name != "RSYNC_SHELL"}
        if shell:
            environment["RSYNC_SHELL"] = shell
        server = self.spawn(log, RSYNC, "--daemon", "--no-detach", f"--config={file}", env=environment)
        server.port = port
        processes.eventually("rsyncd listens", lambda: processes.listens(port) or self.ended(server, log))
        return server

    def spawn(self, log, *command, env=None):
        with open(self.folder / log, "ab") as output:
            # Of a session of its own: Ctrl-C is this program's, which then ends its servers in order.
            server = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env, start_new_session=True)
        self.servers.append(server)
        return server

    def ended(self, server, log):
        if server.poll() is not None:
            raise RuntimeError(f"{server.args[0]} ended:\n{(self.folder / log).read_text()}")

    # Files

    def _write(self, path, text, mode=0o644):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def _make_files(self):
        rows = "".join(self._row(number) for number in range(1, HOSTS + 1))
        self._write("schools/default-school/devices.csv", "# room;host;group;mac;ip;office;windows\n" + rows)
        self._write(f"srv/{SMALL_FILE}",
                    "[LINBO]\nCache = /dev/sda4\nGroup = win11\n[OS]\nName = Windows\nBaseImage = win11.qcow2\n")
        self._write(f"srv/{MADE_FILE}",
                    "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\LINBO]\r\n"
                    '"Key"="@@windows_key@@"\r\n')
        self._write("srv/images/win11/win11.qcow2", "image")
        (self.tree / "linbocmd").mkdir()
        self._write("rsyncd.secrets", "linbo:Muster!2026\n", 0o600)
        self._write("setup.ini", "[setup]\nsambadomain = SCHOOL\ndomainname = linuxmuster.lan\n")
        self._write_config("  listen: []\n")

    def _write_config(self, tftp, plugins="", extra=""):
        self._write("linbo-hookd.yaml", f"""\
linbo:
  root: {self.tree}
  schools: {self.folder}/schools
  setup: {self.folder}/setup.ini
state: {self.folder}/state
socket: {self.socket}
rsync:
  secrets: {self.folder}/rsyncd.secrets
tftp:
{tftp}{extra}plugins:
  - onboot-cmd:
      secrets: {self.folder}/rsyncd.secrets
  - windows-key
{plugins}""")

    @staticmethod
    def _row(number):
        letters = "BCDFGHJKMPQRTVWXY2346789"
        tail = "".join(letters[number // 24 ** place % 24] for place in range(3))
        mac = f"52:54:00:00:{number >> 8:02x}:{number & 255:02x}"
        return (f"r101;pc{number:04};win11;{mac};{address(number)};;VVVVV-WWWWW-XXXXX-YYYYY-22{tail};;"
                "classroom-studentcomputer;;1;;;;\n")

    # Modules

    def _rsyncd_conf(self):
        """The modules that linboctl prints, and the same module with other hooks, to compare with."""
        printed = subprocess.run(
            [self.program("linboctl"), "--config", str(self.config), "rsyncd-conf"],
            check=True, capture_output=True, text=True).stdout
        parts = re.split(r"^(?=\[)", printed, flags=re.M)
        linbo = next(part for part in parts if part.startswith("[linbo]"))
        upload = next(part for part in parts if part.startswith("[linbo-upload]"))
        bare = re.sub(r"^( *path =).*", rf"\1 {self.folder}/bare", without(upload, "early", "pre-xfer", "post-xfer"),
                      flags=re.M)
        shared = re.sub(r"^( *path =).*", rf"\1 {self.tree}", without(linbo, "early", "pre-xfer", "post-xfer"), flags=re.M)
        return "\n".join([
            linbo,
            upload,
            renamed(bare, "bare"),
            renamed(without(linbo, "early"), "ahead"),
            renamed(shared, "none"),
            renamed(shared, "true") + hooks("/bin/true"),
            renamed(shared, "bash") + hooks("bash -c :"),
        ])


def without(module, *kinds):
    return re.sub(rf"^ *(?:{'|'.join(kinds)}) exec =.*\n", "", module, flags=re.M).rstrip("\n") + "\n"


def renamed(module, name):
    return re.sub(r"^\[.*\]", f"[{name}]", module, count=1)


def hooks(command):
    return "".join(f"    {kind} exec = {command}\n" for kind in ("early", "pre-xfer", "post-xfer"))
