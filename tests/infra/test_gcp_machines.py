"""The table of machines: no row that cannot be, and words where a machine is not to be had."""

import pytest

from infra.gcp import machines
from infra.gcp.machines import CPU_MACHINE, MACHINES, boot_disk_type, lent, machine
from schemas.errors import BadInput
from tests.cloud.batch_rules import shape


def test_every_machine_is_there_once():
    names = [one.name for one in MACHINES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("one", MACHINES, ids=lambda one: one.name)
def test_a_machine_has_the_size_that_compute_engine_gives_it(one):
    assert shape(one.name) == (one.cpus, one.memory_gib)
    assert (one.gpus > 0) == (one.gpu is not None) == (one.gpu_gib > 0)


@pytest.mark.parametrize("one", MACHINES, ids=lambda one: one.name)
def test_a_machine_can_be_had_somehow_and_spot_is_never_dearer(one):
    assert one.usd or one.spot_usd
    if one.usd and one.spot_usd:
        assert 0.2 < one.spot_usd / one.usd < 1


def test_more_of_a_gpu_costs_more_of_the_money():
    for family in ("g2-standard", "a2-highgpu", "a2-ultragpu", "a3-highgpu", "g4-standard"):
        same = [one for one in MACHINES if one.name.startswith(family)]
        prices = [one.usd or one.spot_usd for one in sorted(same, key=lambda one: (one.gpus, one.cpus))]
        assert prices == sorted(prices)
        assert len({one.gpu_gib / one.gpus for one in same}) == 1


def test_jobs_that_name_no_machine_get_one_without_a_gpu():
    assert machine(CPU_MACHINE).gpus == 0
    assert machine(CPU_MACHINE).usd


def test_the_table_says_when_and_where_from():
    assert "2026-11-25" in machines.__doc__
    assert "us-central1" in machines.__doc__


def test_a_machine_that_is_misspelt_is_answered_with_the_nearest():
    with pytest.raises(BadInput, match=r"no machine 'g2-standart-8'.*g2-standard-8"):
        machine("g2-standart-8")


def test_the_small_h100_machines_are_lent_as_spot_only():
    with pytest.raises(BadInput, match="a3-highgpu-1g is lent as Spot only"):
        lent("a3-highgpu-1g", spot=False)
    assert lent("a3-highgpu-1g", spot=True).gpu_gib == 80
    assert lent("a3-highgpu-8g", spot=False).gpus == 8


def test_a_machine_without_a_price_for_spot_is_not_offered_as_spot():
    with pytest.raises(BadInput, match="not offered as Spot"):
        lent("g4-standard-48", spot=True)


def test_a_family_that_takes_no_persistent_disk_gets_a_hyperdisk():
    assert boot_disk_type("g4-standard-48") == "hyperdisk-balanced"
    assert boot_disk_type("g2-standard-8") == "pd-balanced"
