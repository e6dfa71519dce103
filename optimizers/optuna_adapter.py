"""Answers Runyard's questions for the next trials with Optuna.

Reads the search and its trials as JSON lines from stdin, writes one JSON line of flags per
trial to stdout. Nothing is kept: the study is made anew from the trials every time.
"""

import json
import sys
import warnings

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial


def main():
    head, trials = read_question(sys.stdin)
    space = {k: dim for k, dim in head["space"].items() if dim["kind"] != "fixed"}
    distributions = {key: distribution(dim) for key, dim in space.items()}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Older versions call the setting for parallel trials experimental, every time.
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    study = optuna.create_study(direction=head["direction"], sampler=sampler(head, trials))
    for trial in trials:
        told = frozen(trial, space, distributions)
        if told is not None:
            study.add_trial(told)
    if not trials:
        study.enqueue_trial(initial_params(space))
    for _ in range(head["count"]):
        # Those asked for already count as running, so that the next one is another.
        params = study.ask(distributions).params
        answer = {key: value_of(params[key], dim) for key, dim in space.items()}
        print(json.dumps({"flags": answer}), flush=True)


def read_question(stream):
    lines = [json.loads(line) for line in stream if line.strip()]
    head, trials = lines[0], lines[1:]
    if head["version"] != 1:
        sys.exit("optuna_adapter.py does not know version %s of the protocol" % head["version"])
    return head, trials


def sampler(head, trials):
    # The seed goes on with the trials: the same one would draw the same values again.
    seed = (head["seed"] * 1000003 + len(trials)) % 2**32
    # Running trials count as bad ones, which keeps parallel trials apart.
    return optuna.samplers.TPESampler(seed=seed, constant_liar=True)


def distribution(dim):
    if dim["kind"] == "choice":
        # By position: Python takes 1, 1.0 and True for the same choice.
        return CategoricalDistribution(tuple(range(len(dim["values"]))))
    log = dim["kind"] == "loguniform"
    make = IntDistribution if dim["type"] == "int" else FloatDistribution
    return make(dim["low"], dim["high"], log=log)


def value_of(param, dim):
    return dim["values"][param] if dim["kind"] == "choice" else param


def param_of(value, dim):
    if dim["kind"] != "choice":
        return value
    same = [i for i, v in enumerate(dim["values"]) if v == value and type(v) is type(value)]
    return same[0] if same else None


def initial_params(space):
    return {k: dim["initial"] for k, dim in space.items() if dim.get("initial") is not None}


STATES = {
    "completed": TrialState.COMPLETE,
    "error": TrialState.FAIL,
    "terminated": TrialState.FAIL,
    "unknown": TrialState.FAIL,
    "unreadable": TrialState.FAIL,
}


def frozen(trial, space, distributions):
    """The trial for Optuna, or None when its values are not of this space."""
    flags = trial["flags"]
    if any(key not in flags for key in space):
        return None
    params = {key: param_of(flags[key], dim) for key, dim in space.items()}
    state = STATES.get(trial["status"], TrialState.RUNNING)
    if state is TrialState.COMPLETE and trial["value"] is None:
        state = TrialState.FAIL
    value = trial["value"] if state is TrialState.COMPLETE else None
    try:
        return create_trial(params=params, distributions=distributions, state=state, value=value)
    except ValueError:
        return None


if __name__ == "__main__":
    main()
