"""What a validator of OpenAPI has to say about the description that a gateway gives of itself."""
import json
from urllib.request import urlopen


def describe(job, answer):
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    with urlopen(f"http://127.0.0.1:{job['port']}/openapi.json", timeout=5) as response:
        described = json.load(response)
    validator = OpenAPIV30SpecValidator if described['openapi'].startswith('3.0') else OpenAPIV31SpecValidator
    answer({'faults': [str(error) for error in validator(described).iter_errors()], 'paths': len(described['paths'])})
