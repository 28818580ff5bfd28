"""The keys that stock Jina takes in a flow file, by where they stand: the options of its argument parsers, by all their names."""
from jina.parsers import set_deployment_parser, set_gateway_parser
from jina.parsers.flow import set_flow_parser

PARSERS = {'flow': set_flow_parser, 'gateway': set_gateway_parser, 'executor': set_deployment_parser}
OF_THE_COMMAND = {'help', 'version', 'version_full'}


def keys(job, answer):
    answer({place: list_keys(make_parser()) for place, make_parser in PARSERS.items()})


def list_keys(parser):
    names = {name[2:].replace('-', '_') for action in parser._actions for name in action.option_strings if name.startswith('--')}
    return sorted(names - OF_THE_COMMAND)
