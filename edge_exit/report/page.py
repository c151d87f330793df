"""The whole report: one HTML file with all in it."""

from importlib.resources import files
from pathlib import Path

from edge_exit import __version__
from edge_exit.evaluation.files import write_whole
from edge_exit.report import comparison, sections
from edge_exit.report.markup import Markup, join, tag
from edge_exit.report.naming import anchor, run_names, short
from edge_exit.report.thumbnails import Pictures

# The page may show what lies in it and nothing else, whatever texts a bag brings.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def write(path: Path, document: dict, pictures: Pictures | None = None) -> None:
    """Write the report of an evaluation; a report that is there stays until the new one is whole.

    :param document: as `evaluation.judging.document` gives it, or as its JSON file holds it.
    :param pictures: gives images of a bag, for thumbnails; None shows none.
    :raises EdgeExitError: if the file cannot be written.
    """
    content = page(document, pictures).encode()
    write_whole(path, lambda file: file.write(content))


def page(document: dict, pictures: Pictures | None = None) -> str:
    """Give the report of an evaluation."""
    runs = document['runs']
    names = run_names(runs)
    style = files('edge_exit').joinpath('report/style.css').read_text()
    head = tag(
        'head',
        tag('meta', charset='utf-8'),
        tag('meta', name='viewport', content='width=device-width, initial-scale=1'),
        tag('meta', http_equiv='Content-Security-Policy', content=_POLICY),
        tag('meta', name='color-scheme', content='light dark'),
        tag('link', rel='icon', href='data:,'),
        tag('title', _title(runs)),
        tag('style', Markup(style)),
    )
    body = tag(
        'body',
        tag(
            'header',
            tag('p', 'edge_exit evaluation', class_='brand'),
            tag('h1', _title(runs)),
            _contents(names),
        ),
        tag(
            'main',
            comparison.section(document),
            [sections.section(i, names[i], run, pictures) for i, run in enumerate(runs)],
        ),
        tag(
            'footer',
            f'Written by edge_exit {__version__}. Every figure is explained in docs/evaluation.md.',
        ),
    )
    return '<!doctype html>\n' + tag('html', head, body, lang='en') + '\n'


def _title(runs: list[dict]) -> str:
    bags = list(dict.fromkeys(short(run['bag']) for run in runs))
    return ', '.join(bags[:3]) + (f' and {len(bags) - 3} more' if len(bags) > 3 else '')


def _contents(names: list[str]) -> Markup | None:
    """Lead to the runs, where there are several."""
    if len(names) < 2:
        return None
    links = [tag('a', name, href=f'#{anchor(index)}') for index, name in enumerate(names)]
    return tag('nav', tag('a', 'side by side', href='#comparison'), join(links))
