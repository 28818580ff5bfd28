"""Calls without Jina's client: bytes as they are, and what a client knows who has nothing but reflection."""
import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


def raw(job, answer):
    """Sends bytes (hex) to a unary method or a stream and tells what comes of each."""
    with grpc.insecure_channel(f"127.0.0.1:{job['port']}", options=[('grpc.max_send_message_length', -1)]) as channel:
        payloads = [bytes.fromhex(text) for text in job['payloads']]
        payloads += [b'\x22' + varint(size + 5) + b'\x12' + varint(size) + bytes(size) for size in job.get('sizes', [])]
        kind = channel.stream_stream if job.get('stream') else channel.unary_unary
        call = kind(job['method'], request_serializer=bytes, response_deserializer=bytes)
        outcomes = []
        try:
            if job.get('stream'):
                outcomes = [{'bytes': len(got)} for got in call(iter(payloads), timeout=10)]
            else:
                outcomes = [tell_call(call, payload) for payload in payloads]
        except grpc.RpcError as error:
            outcomes.append({'code': error.code().name, 'details': error.details()})
        answer(outcomes)


def tell_call(call, payload):
    from jina.proto import jina_pb2
    try:
        got = call(payload, timeout=10)
        try:
            status = jina_pb2.DataRequestProto.FromString(got).header.status
        except Exception as error:
            return {'code': 'UNREADABLE', 'details': str(error)}
        return {'code': 'OK', 'status': int(status.code), 'description': status.description}
    except grpc.RpcError as error:
        return {'code': error.code().name, 'details': error.details()}


def varint(number):
    out = b''
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def vanish(job, answer):
    """Begins a stream, sends one request and is gone: the process ends itself in the middle."""
    import os
    channel = grpc.insecure_channel(f"127.0.0.1:{job['port']}")
    call = channel.stream_stream('/jina.JinaRPC/Call', request_serializer=bytes, response_deserializer=bytes)

    def requests():
        yield bytes.fromhex(job['payload'])
        import time
        time.sleep(0.3)
        answer({'vanished': True})
        os._exit(1)

    for _ in call(requests()):
        pass


def reflect(job, answer):
    """As grpcurl does: lists services, finds the messages of one method, calls it, asks for health."""
    with grpc.insecure_channel(f"127.0.0.1:{job['port']}") as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        services = sorted(database.get_services())
        pool = DescriptorPool(database)
        method = pool.FindServiceByName('jina.JinaSingleDataRequestRPC').FindMethodByName('process_single_data')
        request = GetMessageClass(method.input_type)()
        json_format.ParseDict(job['request'], request)
        answered = GetMessageClass(method.output_type)
        call = channel.unary_unary('/jina.JinaSingleDataRequestRPC/process_single_data', type(request).SerializeToString, answered.FromString)
        response = json_format.MessageToDict(call(request, timeout=10))
        health = health_pb2_grpc.HealthStub(channel)
        states = {}
        for service in ['', *[name for name in services if name.startswith('jina.')]]:
            states[service] = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=5).status
        answer({'services': services, 'resolved': sorted(name for name in services if finds(pool, name)), 'data': response.get('data'), 'health': states})


def finds(pool, name):
    try:
        pool.FindServiceByName(name)
        return True
    except KeyError:
        return False
