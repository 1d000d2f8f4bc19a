"""A school as an admin would set it up, under the unit's own rights, in the server's namespace."""

import contextlib
import os
import pathlib
import re
import resource
import signal
import subprocess
import time

import processes
from hostile.files import image, info
from hostile.namespaces import ATTACKER, GOOD, OTHER, SERVER
from school import MADE_FILE, RSYNC, School

UNIT = pathlib.Path(__file__).resolve().parents[3] / "etc/linbo-hookd.service"
TFTP_PORT = 69
PASSWORD = "Muster!2026"
CLAIMED_FILE = "boot/grub/grub.cfg"
PLUGINS = "  - onboot-cmd:\n      secrets: {folder}/rsyncd.secrets\n      wait: 5s\n  - windows-key\n  - grub-img\n"
RSYNCD_HEAD = """\
port = 873
address = {server}
listen backlog = 256
reverse lookup = no
log file = {folder}/rsyncd.log
lock file = {folder}/rsyncd.lock
"""
CONFIG = """\
linbo:
  root: {folder}/srv
  schools: {folder}/schools
  setup: {folder}/setup.ini
{linbo}state: {folder}/state
socket: {folder}/hook.sock
rsync:
  secrets: {folder}/rsyncd.secrets
identity:
  leases: [{leases}]
uploads:
  settle: 100ms
{uploads}tftp:
  listen: ["{server}:{port}"]
{tftp}{extra}plugins:
{plugins}"""


class Target(School):
    """
    files -- so many small ones lie in icons/
    leases -- MiB of dhcpd.leases
    nofile -- the daemon's limit of descriptors
    The others are lines of the configuration; `{folder}` in them is the school's.
    """

    def __init__(self, build, cable, files=100, leases=0, linbo="", uploads="", tftp="", extra="", plugins=PLUGINS,
                 nofile=65536, hosts=500):
        super().__init__(build)
        self.cable, self.files, self.leases, self.nofile, self.hosts = cable, files, leases, nofile, hosts
        self.lines = {"linbo": linbo, "uploads": uploads, "tftp": tftp, "extra": extra, "plugins": plugins}
        self.rsyncd = None
        # Attackers' rates are this share of what their rows say.
        self.pace = 1

    def __enter__(self):
        super().__enter__()
        try:
            self.rsyncd = self.start_rsyncd()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _install(self):
        """The programs are run where they are."""

    # Servers

    def spawn(self, log, *command, env=None):
        with self.cable.at(SERVER):
            return super().spawn(log, *command, env=env)

    def launch_daemon(self):
        """With no more rights than the unit has."""
        rights = re.search(r"^CapabilityBoundingSet=(.*)$", UNIT.read_text(), re.M)[1].lower().replace("cap_", "").split()
        limit = min(self.nofile, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        self.daemon = self.spawn(
            "hookd.log", "prlimit", f"--nofile={limit}", "setpriv", "--no-new-privs",
            "--bounding-set=-all," + ",".join("+" + right for right in rights), "--inh-caps=-all",
            self.program("linbo-hookd"), "serve", "--config", str(self.config))
        self.launched = time.monotonic()
        return self.daemon

    def revive(self):
        """As systemd with RestartSec=1. Returns whether the daemon had died."""
        if self.daemon.poll() is None:
            return False
        if time.monotonic() > self.launched + 1:
            self.servers.remove(self.daemon)
            self.launch_daemon()
        return True

    def is_alive(self):
        return self.daemon.poll() is None

    def start_rsyncd(self, shell=None):
        file = self.folder / "rsyncd.conf"
        file.write_text(RSYNCD_HEAD.format(server=SERVER, folder=self.folder) + self.conf)
        server = self.spawn("rsyncd.out", RSYNC, "--daemon", "--no-detach", f"--config={file}")
        processes.eventually("rsyncd listens", lambda: self._listens() or self.ended(server, "rsyncd.out"))
        return server

    def _listens(self):
        with self.cable.at(SERVER):
            return subprocess.run([RSYNC, f"rsync://{SERVER}/"], capture_output=True).returncode == 0

    def _rsyncd_conf(self):
        return self.linboctl("rsyncd-conf").stdout

    def linboctl(self, *words):
        with self.cable.at(SERVER):
            return subprocess.run([self.program("linboctl"), "--config", str(self.config), *words],
                                  capture_output=True, text=True, timeout=60)

    def check(self):
        """What `linbo-hookd check` prints."""
        with self.cable.at(SERVER):
            done = subprocess.run([self.program("linbo-hookd"), "check", "--config", str(self.config)],
                                  capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    # Files

    def write(self, path, content, mode=0o644):
        """Below the school's folder."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        file.chmod(mode)
        return file

    def _make_files(self):
        super()._make_files()
        self.write("srv/images/win11/win11.qcow2", image())
        self.write("srv/images/win11/win11.qcow2.info", info("win11.qcow2", len(image()), "202601010800"))
        for number in range(self.files):
            if number % 100 == 0:
                folder = self.tree / f"icons/{number // 100:03}"
                folder.mkdir(parents=True)
            (folder / f"{number % 100:02}.png").write_bytes(b"icon")
        if self.leases:
            self.write("dhcpd.leases", self._lease_text())

    def _lease_text(self):
        entry = ("lease 10.{}.{}.{} {{\n  starts 4 2026/01/01 08:00:00;\n  ends never;\n  binding state active;\n"
                 "  hardware ethernet 02:11:00:{:02x}:{:02x}:{:02x};\n}}\n")
        # Of other networks: nobody here is found by them.
        texts = (entry.format(99, number >> 8 & 255, number & 255, number >> 16, number >> 8 & 255, number & 255)
                 for number in range((self.leases << 20) // 140))
        return "".join(texts)

    def append_lease(self):
        """As a DHCP server does all the time."""
        with open(self.folder / "dhcpd.leases", "a") as file:
            file.write("lease 10.99.0.1 {\n  ends never;\n  binding state active;\n"
                       "  hardware ethernet 02:11:00:00:00:01;\n}\n")

    def _write_config(self, tftp="", plugins="", extra=""):
        """What the benchmarks give counts for nothing here: the lines are this school's own."""
        lines = {name: text.replace("{folder}", str(self.folder)) for name, text in self.lines.items()}
        leases = f"isc: {self.folder}/dhcpd.leases" if self.leases else ""
        self.write("linbo-hookd.yaml", CONFIG.format(
            folder=self.folder, server=SERVER, port=TFTP_PORT, leases=leases, **lines))

    def _row(self, number):
        """Overrides the benchmarks' own rows, whose number is larger."""
        return self.row(number) if number <= self.hosts else ""

    @classmethod
    def row(cls, number, name=None, at=None, mac=None, key=None):
        key = cls.key(number) if key is None else key
        return (f"r101;{name or cls.name(number)};win11;{mac or cls.mac(number)};{at or cls.host(number)};;{key};;"
                "classroom-studentcomputer;;1;;;;\n")

    @staticmethod
    def name(number):
        return f"pc{number:04}"

    @staticmethod
    def mac(number):
        return f"52:54:00:00:{number >> 8:02x}:{number & 255:02x}"

    @staticmethod
    def host(number):
        """pc0001 and pc0002 are on the cable, all others are switched off."""
        return {1: GOOD, 2: OTHER}.get(number) or f"10.77.{1 + number // 250}.{1 + number % 250}"

    @staticmethod
    def key(number):
        letters = "BCDFGHJKMPQRTVWXY2346789"
        return "VVVVV-WWWWW-XXXXX-YYYYY-22" + "".join(letters[number // 24 ** place % 24] for place in range(3))

    def set_hosts(self, rows):
        new = self.write("schools/new.csv", "# room;host;group;mac;ip;office;windows\n" + "".join(rows))
        os.replace(new, self.folder / "schools/default-school/devices.csv")

    # Clients

    def rsync(self, address, *words, there=None, password=False, timeout=60):
        """A client's run of rsync; `there`: whose namespace that address is in, if it is not that one's own."""
        environment = os.environ | ({"RSYNC_PASSWORD": PASSWORD} if password else {})
        with self.cable.at(there or address):
            try:
                return subprocess.run([RSYNC, f"--address={address}", "--contimeout=10", "--timeout=60", *words],
                                      capture_output=True, text=True, errors="replace", env=environment, timeout=timeout)
            except subprocess.TimeoutExpired as late:
                return subprocess.CompletedProcess(late.cmd, 124, "", f"no end within {timeout} s")

    def pull(self, path, address=ATTACKER, options=(), there=None, timeout=60):
        """The bytes that came, all files in one; and what rsync said."""
        inbox = self.folder / "inbox" / f"{time.monotonic_ns()}"
        inbox.mkdir(parents=True)
        done = self.rsync(address, "-aL", *options, f"rsync://{SERVER}/linbo/{path}", f"{inbox}/", there=there,
                          timeout=timeout)
        return b"".join(file.read_bytes() for file in sorted(inbox.rglob("*")) if file.is_file()), done

    def push(self, file, path, address=ATTACKER, options=("-Ha", "--chmod=ug=rw,o=r", "--partial"), there=None,
             timeout=60):
        return self.rsync(address, *options, str(file), f"rsync://linbo@{SERVER}/linbo-upload/{path}", there=there,
                          password=True, timeout=timeout)

    @contextlib.contextmanager
    def running(self, address, *words, there=None, password=False):
        """A run of rsync that goes on meanwhile."""
        environment = os.environ | ({"RSYNC_PASSWORD": PASSWORD} if password else {})
        with self.cable.at(there or address):
            client = subprocess.Popen([RSYNC, f"--address={address}", *words], env=environment, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            yield client
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(client.pid, signal.SIGKILL)
            client.wait()

    def slow_pull(self, path, address, there=None):
        """A connection that hangs with `path` in its view: the client takes 1 KiB a second."""
        inbox = self.folder / "inbox" / "slow"
        inbox.mkdir(parents=True, exist_ok=True)
        return self.running(address, "-aL", "--bwlimit=1", f"rsync://{SERVER}/linbo/{path}", f"{inbox}/", there=there)

    # What can be seen

    def log(self):
        return (self.folder / "hookd.log").read_bytes()

    def audit(self):
        return self.linboctl("audit", "--json").stdout

    def size_of_records(self):
        """Bytes of log and database."""
        state = sum(file.stat().st_size for file in (self.folder / "state").glob("linbo-hookd.sqlite*"))
        return state + (self.folder / "hookd.log").stat().st_size


def known(target, path=MADE_FILE):
    """Waits until the server has seen the good client's card, as it has on a network in use."""
    processes.eventually("the good client is known", lambda: Target.key(1).encode() in target.pull(path, GOOD)[0])


def stand_ins(target):
    """How many `linbo-hookd once` run for this school at the moment."""
    count = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                words = pathlib.Path(f"/proc/{entry.name}/cmdline").read_bytes().split(b"\0")
                count += b"once" in words[:3] and os.fsencode(target.config) in words
    return count
