"""Two hosts without SLURM: torchrun on both, cut links, host names that do not resolve."""
import os
import re
import signal
import time

from lab import SHORT, SHORTENED, expect, tail
from launcher_checks import torchrun

PORT = iter(range(29600, 29700))


def by_hand(lab, run, address, more="", hosts=("alpha", "beta"), **environment):
    """Starts a process on each host with environment variables only."""
    port = next(PORT)
    return [lab.begin(host, f"interprior train prior --run {run} {more}", RANK=str(rank), WORLD_SIZE="2", LOCAL_RANK="0",
                      LOCAL_WORLD_SIZE="1", MASTER_ADDR=address, MASTER_PORT=str(port), **environment)
            for rank, host in enumerate(hosts)]


def by_torchrun(lab, run, more="", restarts=0, **environment):
    port = next(PORT)
    return [lab.begin(host, f"{torchrun()} --no-python --nnodes 2 --nproc-per-node 1 --node-rank {rank} --max-restarts {restarts} "
                            f"--rdzv-backend c10d --rdzv-endpoint alpha:{port} -- interprior train prior --run {run} {more}", **environment)
            for rank, host in enumerate(["alpha", "beta"])]


def finish_all(started, seconds=60):
    codes = [one.finish(seconds) for one in started]
    said = " | ".join(tail(one.said()) for one in started)
    return codes, said


def torchrun_on_two_hosts(lab):
    """torchrun on two hosts equals one process"""
    codes, said = finish_all(by_torchrun(lab, "torchrun2", **SHORTENED))
    expect(codes == [0, 0], said)
    return f"losses within {lab.expect_whole('torchrun2', SHORT):.0e} of one process's"


def torchrun_restarts(lab):
    """torchrun on two hosts, two kills: restarted within seconds, finished"""
    started = by_torchrun(lab, "restarts", restarts=4, CHECK_MORE="--set fit.checkpoint_every=10")
    waited = []
    for step, rank in [(40, "RANK=1"), (120, "RANK=0")]:
        lab.wait_for_step("restarts", step, started[0])
        [victim] = lab.programs("restarts", rank)
        at = lab.last_step("restarts")
        begin = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        lab.wait_for(lambda: lab.last_step("restarts") < at or lab.last_step("restarts") > at + 2, "training continues", 100)
        waited.append(time.monotonic() - begin)
    codes, said = finish_all(started, 100)
    expect(codes == [0, 0], said)
    lab.expect_whole("restarts", unlogged=2)
    met = started[0].said().count("2 processes, started by")
    expect(met == 3, f"{met} rendezvous with two kills, expected 3: {said}")
    return "after " + " and ".join(f"{seconds:.0f} s" for seconds in waited)


def link_cut(lab):
    """link cut: both ends report the other's host; --resume continues"""
    started = by_hand(lab, "cut", "alpha-cut", CHECK_MORE="--set fit.checkpoint_every=10")
    try:
        lab.wait_for_step("cut", 20, started[0])
        lab.hosts.link(up=False)
        begin = time.monotonic()
        codes, said = finish_all(started, 90)
        took = time.monotonic() - begin
    finally:
        lab.hosts.link(up=True)
    expect(all(codes), f"ended with 0: {said}")
    for one, other in zip(started, ["beta", "alpha"]):
        last = one.said().strip().splitlines()[-1]
        expect("error" in last[:8] and re.search(rf"process \d \({other}, ", last), f"the last line does not name {other}: {last}")
    codes, said = finish_all(by_hand(lab, "cut", "alpha-cut", "--resume"))
    expect(codes == [0, 0], said)
    lab.expect_whole("cut", unlogged=1)
    return f"both ended after {took:.0f} s"


def debian_hosts_file(lab):
    """Debian's hosts file (127.0.1.1 is the machine's name), on either host and on both"""
    try:
        for k, hosts in enumerate([["alpha"], ["beta"], ["alpha", "beta"]]):
            for host in hosts:
                lab.hosts.write_hosts(host, [f"127.0.1.1 {host}"])
            codes, said = finish_all(by_hand(lab, f"debian{k}", "alpha", **SHORTENED))
            expect(codes == [0, 0], said)
            lab.expect_whole(f"debian{k}", SHORT)
            for host in hosts:
                lab.hosts.write_hosts(host, [])
    finally:
        for host in ["alpha", "beta"]:
            lab.hosts.write_hosts(host, [])


def interface_by_name(lab):
    """GLOO_SOCKET_IFNAME: the interface is used; one that does not exist is reported"""
    codes, said = finish_all(by_hand(lab, "interface", "alpha", GLOO_SOCKET_IFNAME="link1", **SHORTENED))
    expect(codes == [0, 0], said)
    codes, said = finish_all(by_hand(lab, "no_interface", "alpha", GLOO_SOCKET_IFNAME="link9"))
    expect(all(codes) and "GLOO_SOCKET_IFNAME" in said and "link9" in said, said)


def unresolvable_name(lab):
    """an unresolvable host name of rank 0 is reported within two minutes"""
    begin = time.monotonic()
    code, said = lab.call("beta", "interprior train prior --run nowhere", 150, RANK="1", WORLD_SIZE="2", MASTER_ADDR="gamma",
                          MASTER_PORT=str(next(PORT)))
    expect(code == 1 and "gamma" in said, tail(said))
    return f"{time.monotonic() - begin:.0f} s"


CHECKS = [torchrun_on_two_hosts, torchrun_restarts, link_cut, interface_by_name]
ONLY_WAITS = [unresolvable_name]
ALONE = [debian_hosts_file]
