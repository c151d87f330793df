"""The table of the frames that went worst, with their pictures."""

from edge_exit.report.markup import Markup, tag
from edge_exit.report.numbers import milliseconds, percent, seconds
from edge_exit.report.thumbnails import Pictures, thumbnails


def section(run: dict, pictures: Pictures | None) -> list[Markup]:
    """Lay out the worst frames; they say so if there are none."""
    head = tag('h3', 'Frames that went worst')
    if not run['worst']:
        return [head, tag('p', 'None was wrong, late or fell back.', class_='about')]
    found, trouble = thumbnails(run, pictures)
    about = (
        'Wrong answers that were sure of themselves lead, then late ones; at most one of each '
        'stretch of the run, as failures come in rows.'
    )
    cards = [_card(row, found.get(row['stamp_ns'])) for row in run['worst']]
    return [head, tag('p', f'{about} {trouble}', class_='about'), tag('ul', cards, class_='worst')]


def _card(row: dict, picture: str | None) -> Markup:
    late = [' ', tag('b', 'late', class_='bad')] if row['late'] else None
    return tag(
        'li',
        tag('img', src=picture, alt='', loading='lazy') if picture else None,
        tag(
            'div',
            tag('div', _answer(row), class_='answer'),
            tag('div', f'{row["outcome"]} in {milliseconds(row["latency_ms"])}', late),
            tag('div', f'{_exit(row)} ({row["reason"]}) at {seconds(row["t_s"])}', class_='dim'),
            title=f'stamp {row["stamp_ns"]}',
        ),
    )


def _answer(row: dict) -> list:
    answer = row['answer'] or 'no answer'
    sure = f' {percent(row["score"])}'
    if row['right'] is None:
        return [answer, tag('small', sure)]
    if row['right']:
        return [tag('b', f'✓ {answer}', class_='good'), tag('small', sure)]
    return [tag('b', f'✗ {answer}', class_='bad'), tag('small', sure), f', is {row["truth"]}']


def _exit(row: dict) -> str:
    return f'exit {row["exit"]}' if row['exit'] >= 0 else 'no exit'
