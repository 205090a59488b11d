"""Two virtual hosts on this machine: each has a network namespace, a host name and a hosts file; two links connect them."""
import contextlib
import os
import pathlib
import signal
import subprocess

NAMES = ["alpha", "beta"]
# The daemons use the first link; a check may cut the second.
LINKS = [("10.77.0", ""), ("10.78.0", "-cut")]
BECOME = 'mount --bind "$1" /etc/hosts && hostname "$2" && shift 2 && exec "$@"'


def call(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Hosts:
    def __init__(self, folder):
        self.folder, self.mark = pathlib.Path(folder), f"interprior-{os.getpid()}"
        self.made = []

    def start(self):
        for name in NAMES:
            call("ip", "netns", "add", self._namespace(name))
            self.made.append(name)
            call("ip", "-n", self._namespace(name), "link", "set", "lo", "up")
        for k, (network, _) in enumerate(LINKS):
            ends = [["name", f"link{k}", "netns", self._namespace(name)] for name in NAMES]
            call("ip", "link", "add", *ends[0], "type", "veth", "peer", *ends[1])
            for i, name in enumerate(NAMES):
                call("ip", "-n", self._namespace(name), "addr", "add", f"{network}.{i + 1}/24", "dev", f"link{k}")
                call("ip", "-n", self._namespace(name), "link", "set", f"link{k}", "up")
        for name in NAMES:
            self.write_hosts(name, [])

    def write_hosts(self, name, first):
        """Writes the hosts file of `name`: lines `first`, then every host with both links."""
        lines = ["127.0.0.1 localhost", *first]
        lines += [f"{network}.{i + 1} {host}{ending}" for network, ending in LINKS for i, host in enumerate(NAMES)]
        (self.folder / f"hosts.{name}").write_text("\n".join(lines) + "\n")

    def link(self, up):
        """Sets the second link up or down; no connection is closed, as with a pulled cable."""
        call("ip", "-n", self._namespace("beta"), "link", "set", "link1", "up" if up else "down")

    def words(self, host, words):
        """The command that runs `words` on `host`."""
        return ["ip", "netns", "exec", self._namespace(host), "unshare", "--uts", "--mount", "sh", "-c", BECOME, "sh",
                str(self.folder / f"hosts.{host}"), host, *map(str, words)]

    def stop(self):
        for name in self.made:
            numbers = subprocess.run(["ip", "netns", "pids", self._namespace(name)], capture_output=True, text=True).stdout.split()
            for number in numbers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(number), signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", self._namespace(name)], capture_output=True)

    def _namespace(self, name):
        return f"{self.mark}-{name}"
