"""Compare the exit rules on each bundle: cost at a stated loss, accuracy at a stated cost.

    python benchmarks/exit_rules.py BUNDLE=FOLDER [BUNDLE=FOLDER ...]

FOLDER holds one folder of pictures for each class, none of which the bundle was trained on. Loss is
in percentage points below the whole network without exits on the same pictures; MACs are those of a
picture on average, as a share of the whole network's. Thresholds are chosen on half of the pictures
and judged on the other half, and the other way round; rule_us is what a rule itself costs a frame
at its last exit.
"""

import argparse
import timeit

import numpy as np
import report
from exit_choosing import figures
from pairs import bundles_with_folders

from edge_exit.evaluation import labelled
from edge_exit.evaluation.observing import observe_files
from edge_exit.inference.belief import Belief
from edge_exit.rules.registry import rules_for


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pairs', nargs='+', metavar='BUNDLE=FOLDER')
    rows, models = [], {}
    for bundle, folder in bundles_with_folders(parser.parse_args().pairs):
        observed = observe_files(labelled.labelled_files(folder, bundle), bundle)
        whole = observed.whole == observed.labels
        models[bundle.name] = {'model_id': bundle.model_id, 'pictures': len(observed.labels)}
        for rule in rules_for(len(bundle.segments)).values():
            row = {
                'bundle': bundle.name,
                'rule': rule.name,
                **figures(rule, observed, bundle, whole),
            }
            rows.append({**row, 'rule_us': microseconds(rule, observed.beliefs[0])})
    report.write('exit_rules', rows, threads=1, bundles=models)


def microseconds(rule, rows: np.ndarray) -> float:
    """Time a rule on the beliefs after all exits of one picture."""
    beliefs = [Belief(row) for row in rows]
    spent = timeit.repeat(lambda: rule.sureness(beliefs), number=200, repeat=20)
    return 1e6 * min(spent) / 200


if __name__ == '__main__':
    main()
