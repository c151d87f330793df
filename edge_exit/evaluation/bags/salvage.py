"""Readers that give what is left of a bag: rosbags' own, and what to do where they give up."""

import re
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from rosbags.interfaces import Connection
from rosbags.rosbag2 import ReaderError
from rosbags.rosbag2.metadata import ReaderMetadata
from rosbags.rosbag2.reader import DirectoryReader

from edge_exit.evaluation.bags.salvage_mcap import SalvagingMcap
from edge_exit.evaluation.bags.salvage_sqlite import SalvagingSqlite
from edge_exit.evaluation.bags.unpacking import DAMAGED, PACKED, unpack_file

STORAGES = {'.mcap': SalvagingMcap, '.db3': SalvagingSqlite}


class Folder(DirectoryReader):
    """A bag's folder with its metadata, of which any file may be damaged."""

    STORAGE_PLUGINS = {'mcap': SalvagingMcap, 'sqlite3': SalvagingSqlite}  # noqa: RUF012

    @property
    def damage(self) -> str:
        """What is damaged; '' if nothing is."""
        return '; '.join(storage.damage for storage in self.storages if storage.damage)

    def messages(self, *arguments, **options) -> Iterator:
        """Give messages up to the first file that is damaged: a hole is no recording."""
        storages = self.storages
        whole = next((n for n, s in enumerate(storages) if s.damage), len(storages))
        self.storages = storages[: whole + 1]
        try:
            yield from super().messages(*arguments, **options)
        finally:
            self.storages = storages


class LooseFiles:
    """The files of a folder whose metadata are missing or name files that are, or are damaged.

    :param damage: why the folder cannot be read as its metadata say.
    """

    def __init__(self, folder: Path, damage: str) -> None:
        self._folder = folder
        self._storages: list = []
        self._unpacked: TemporaryDirectory | None = None
        self.damage = damage
        self.connections: list[Connection] = []
        self.metadata: ReaderMetadata | None = None

    def open(self) -> None:
        """Open all files up to the first one that is damaged.

        :raises ReaderError: if there is none that a bag is made of.
        """
        files = _files(self._folder)
        if not files:
            raise ReaderError(self.damage)
        for file in files:
            try:
                self._storages.append(self._open(file))
            except Exception as error:  # of many kinds, from the file's own bytes
                if not self._storages:
                    raise
                self.damage = f'{file.name} cannot be read ({error})'
                break
            if self._storages[-1].damage:
                self.damage = self._storages[-1].damage
                break  # what comes after a hole is another recording
        self.connections = list(chain(*(storage.connections for storage in self._storages)))
        self.metadata = _together([s.metadata for s in self._storages if s.metadata.message_count])

    def close(self) -> None:
        """Close all files."""
        for storage in self._storages:
            storage.close()
        self._storages.clear()
        if self._unpacked:
            self._unpacked.cleanup()

    def messages(self, connections: Collection[Connection], *limits) -> Iterator:
        """Give messages file by file."""
        for storage in self._storages:
            own = [connection for connection in connections if connection.owner is storage]
            if own:
                yield from storage.messages(own, *limits)

    def _open(self, file: Path) -> SalvagingMcap | SalvagingSqlite:
        damage = ''
        if file.suffix == PACKED:
            self._unpacked = self._unpacked or TemporaryDirectory()
            file, damage = unpack_file(file, Path(self._unpacked.name))
        storage = STORAGES[file.suffix](file)
        storage.open()
        storage.damage = damage or storage.damage
        return storage


Storage = Folder | LooseFiles | SalvagingMcap | SalvagingSqlite


def open_storage(path: Path) -> Storage:
    """Open a bag as it says it is, or, if it is not that, as much of it as there is.

    :raises Exception: of many kinds, if it is no bag.
    """
    if path.is_dir():
        return _open_folder(path)
    if path.suffix not in STORAGES:
        raise ReaderError(f'a folder, or a file that ends in {" or ".join(STORAGES)}, is needed')
    storage = STORAGES[path.suffix](path)
    storage.open()
    return storage


def _open_folder(path: Path) -> Storage:
    try:
        storage = Folder(path)
        storage.open()
        return storage
    except PermissionError:
        raise
    except FileNotFoundError:
        damage = 'metadata.yaml is missing'
    except (ReaderError, *DAMAGED) as error:
        damage = str(error)
    storage = LooseFiles(path, damage)
    storage.open()
    return storage


def _files(folder: Path) -> list[Path]:
    """List the files that a bag is made of, in order; packed ones only where they are no copies."""
    files = {path.name: path for path in folder.iterdir() if path.suffix in STORAGES}
    for path in folder.iterdir():
        if path.suffix == PACKED and Path(path.stem).suffix in STORAGES:
            files.setdefault(path.stem, path)
    return sorted(files.values(), key=_number)


def _number(path: Path) -> tuple[list[int], str]:
    """Sort bag_2 before bag_10."""
    return [int(digits) for digits in re.findall(r'\d+', path.stem)], path.name


def _together(metadata: list[ReaderMetadata]) -> ReaderMetadata:
    start = min((one.start_time for one in metadata), default=2**63 - 1)
    end = max((one.end_time for one in metadata), default=0)
    count = sum(one.message_count for one in metadata)
    return ReaderMetadata(max(end - start, 0), start, end, count, None, None, None, None)
