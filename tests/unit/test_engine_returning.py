"""Who is waited for: whoever came back at once after their last answer, and nobody else."""

from cartback.engine.returning import Returning

ADA, BOB, CLEO = ("10.0.0.1", 1), ("10.0.0.1", 2), ("10.0.0.1", 3)


def test_whoever_was_answered_once_is_not_waited_for() -> None:
    returning = Returning()
    for one in (ADA, BOB):
        returning.came(one)
    returning.answer([ADA, BOB])
    assert returning.missing == set()


def test_whoever_came_back_at_once_is_waited_for_the_next_time() -> None:
    returning = Returning()
    returning.answer([ADA, BOB])
    returning.came(ADA)
    returning.answer([ADA, CLEO])
    assert returning.missing == {ADA}
    returning.came(ADA)
    assert returning.missing == set()


def test_whoever_came_back_while_the_next_commit_was_written_is_waited_for_too() -> None:
    """Two groups that take turns become one."""
    returning = Returning()
    returning.answer([ADA])
    returning.came(BOB)
    returning.answer([BOB])  # meanwhile ADA comes back
    returning.came(ADA)
    returning.came(BOB)
    returning.answer([ADA, BOB])
    assert returning.missing == {ADA, BOB}


def test_whoever_was_waited_for_in_vain_is_not_until_they_come_back_so_again() -> None:
    returning = Returning()
    returning.answer([ADA])
    returning.came(ADA)
    returning.answer([ADA])
    returning.leave()
    assert returning.missing == set()
    returning.answer([BOB])
    returning.answer([CLEO])
    returning.came(ADA)  # much later
    returning.answer([ADA])
    assert returning.missing == set()
    returning.came(ADA)
    returning.answer([ADA])
    assert returning.missing == {ADA}


def test_after_a_quiet_time_nobody_comes_back_at_once() -> None:
    returning = Returning()
    for one in (ADA, BOB, ADA, BOB):
        returning.forget()
        returning.came(one)
        returning.answer([one])
        assert returning.missing == set()


def test_nobody_in_particular_is_never_waited_for() -> None:
    returning = Returning()
    for _ in range(3):
        returning.answer([None, None])
        returning.came(None)
    assert returning.missing == set()


def test_who_stays_away_is_forgotten() -> None:
    returning = Returning()
    for number in range(1_000):
        one = ("10.0.0.1", number)
        returning.answer([one])
        returning.came(one)
        returning.leave()
    assert len(returning._prompt) <= 2
