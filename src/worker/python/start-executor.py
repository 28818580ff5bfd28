"""Starts one executor of stock Jina as `jina executor` does: without the banner, each line of its log as it is, and why it cannot start last."""
import copy
import logging
import re
import sys
import traceback

# explain-end.ts knows these two: from sysexits.h, so that no executor's own exit code is taken for one.
MAY_START_LATER = 75
CANNOT_START = 78


class Lines(logging.StreamHandler):
    """Stands in for Jina's handler, which breaks lines at 80 columns and fills them up with blanks."""

    failure = None

    def __init__(self, **_):
        super().__init__(sys.stdout)

    def setFormatter(self, _):
        super().setFormatter(logging.Formatter('%(levelname)s %(message)s'))

    def emit(self, record):
        if record.exc_info and 'initialization' in record.getMessage():
            Lines.failure = record.exc_info[1]
        super().emit(record)


def main():
    from jina.logging import logger
    from jina.parsers import get_main_parser
    from jina_cli import api

    logger.RichHandler = Lines
    args = get_main_parser().parse_known_args()[0]
    keep_options(args)
    api.executor(args)
    if Lines.failure is not None:
        refuse(Lines.failure)


def keep_options(args):
    """Keeps Jina from expanding the options of the flow file, which jflow has expanded. Those of the executor's own file are Jina's."""
    from jina.jaml import JAML

    expand = JAML.expand_dict
    args.uses_with = restore_dates(args.uses_with)
    given = {
        'with': args.uses_with,
        'metas': args.uses_metas,
        'requests': args.uses_requests,
        'dynamic_batching': args.uses_dynamic_batching,
    }

    def expand_own(values, *rest, **options):
        expanded = expand(values, *rest, **options)
        for section, kept in given.items():
            if kept and isinstance(expanded.get(section), dict):
                expanded[section].update(copy.deepcopy(kept))
        return expanded

    JAML.expand_dict = staticmethod(expand_own)


def restore_dates(value):
    """Replaces what jflow wrote for a date of the flow file (stock-scalars.ts) by the date that PyYAML reads."""
    if isinstance(value, list):
        return [restore_dates(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {'__yaml_timestamp__'}:
        import yaml

        try:
            return yaml.safe_load(value['__yaml_timestamp__'])
        except ValueError:
            return value['__yaml_timestamp__']
    return {key: restore_dates(each) for key, each in value.items()}


def refuse(error):
    """Ends with the cause on the last line, and whether another try may end otherwise as the exit code."""
    # Jina's word for whatever a module raised.
    if type(error) is ImportError and error.__cause__ is not None:
        error = error.__cause__
    print(describe(error), file=sys.stderr)
    sys.exit(CANNOT_START if is_lasting(error) else MAY_START_LATER)


def is_lasting(error):
    if isinstance(error, FileNotFoundError):
        return find_place(error) is None
    faults = (ImportError, SyntaxError, NameError, TypeError, AttributeError)
    return isinstance(error, faults) or is_yaml(error)


def is_yaml(error):
    return any(kind.__name__ == 'YAMLError' for kind in type(error).__mro__)


def describe(error):
    message = ' '.join(str(error).split())
    unknown = re.search(r"constructor for the tag '!(\w+)'", message)
    if is_yaml(error) and unknown:
        return f'there is no class {unknown[1]} in the Python files'
    place = None if isinstance(error, SyntaxError) else find_place(error)
    where = '' if place is None else f' ({place.filename}, line {place.lineno})'
    return f'{type(error).__name__}: {message}{where}'


def find_place(error):
    """Where in the user's files, which are none of an installed package, it was raised."""
    places = [place for place in traceback.extract_tb(error.__traceback__) if not is_installed(place.filename)]
    return places[-1] if places else None


def is_installed(file):
    return file == __file__ or file.startswith('<') or 'site-packages' in file or 'dist-packages' in file or file.startswith(sys.base_prefix)


if __name__ == '__main__':
    # As with `-m`: modules are looked for where the flow lies, not beside this file.
    sys.path[0] = ''
    try:
        main()
    except ImportError as error:
        refuse(error)
