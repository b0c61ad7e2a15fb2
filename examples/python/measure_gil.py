"""쉬지 않고 더하는 스레드들과 묻는 스레드를 함께 달리게 하고, 본 것을 JSON 한 줄로 알립니다.

쓰는 법: python3 measure_gil.py 더하는스레드수 묻는스레드수(0이나 1) 전환간격(ns) 재는시간(ns) 포트

`noriteo::measure::side_by_side`가 GIL의 모형으로 하는 일과 한 줄 한 줄 짝이 맞습니다.
"""
import json
import socket
import sys
import threading
from time import perf_counter_ns as now

# 이만큼 더할 때마다 시계를 보고, 마지막으로 이름을 적은 스레드가 누구인지 봅니다.
BLOCK = 400

QUESTION = bytes(8)

# 묻는 스레드의 이름입니다. 더하는 스레드의 이름은 0부터입니다.
ASKER = -1


class Field:
    """스레드들이 함께 보는 것입니다."""

    def __init__(self, people, window, asking):
        self.gate = threading.Barrier(people)
        self.window = window
        self.shared = {}
        self.asking = asking
        self.last = None
        self.seen = []

    def begin(self):
        """모두 모이면 시작하고, 시작한 때를 돌려줍니다. 처음 나온 스레드의 시각이 모두의 시작입니다."""
        self.gate.wait()
        return self.shared.setdefault("began", now())


def add(field, me):
    began = field.begin()
    deadline = began + field.window
    blocks = switches = total = 0
    while True:
        for i in range(BLOCK):
            total += i
        blocks += 1
        if field.last != me:
            switches += field.last is not None
            field.last = me
        ended = now()
        if ended >= deadline and not field.asking:
            break
    field.seen.append((ended - began, blocks, switches, 0, []))


def ask(field, stream):
    began = field.begin()
    deadline = began + field.window
    trips = []
    robbed = 0
    try:
        while True:
            field.last = ASKER
            asked = now()
            stream.sendall(QUESTION)
            robbed += field.last != ASKER
            if len(stream.recv(8, socket.MSG_WAITALL)) < 8:
                raise ConnectionError("상대가 말을 끊었습니다")
            ended = now()
            trips.append(ended - asked)
            if ended >= deadline:
                break
    finally:
        # 오류로 끝나도 더하는 스레드들이 끝날 수 있게 합니다.
        field.asking = False
    field.seen.append((ended - began, 0, 0, robbed, trips))


def main():
    busy, asks, interval, window, port = (int(word) for word in sys.argv[1:])
    sys.setswitchinterval(interval / 1e9)
    field = Field(busy + asks, window, asks > 0)
    threads = [threading.Thread(target=add, args=(field, me)) for me in range(busy)]
    if asks:
        stream = socket.create_connection(("127.0.0.1", port))
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threads.append(threading.Thread(target=ask, args=(field, stream)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(field.seen) < len(threads):
        sys.exit("끝까지 달리지 못한 스레드가 있습니다")
    print(json.dumps({
        "wall": max(seen[0] for seen in field.seen),
        "additions": sum(seen[1] for seen in field.seen) * BLOCK,
        "switches": sum(seen[2] for seen in field.seen),
        "robbed": sum(seen[3] for seen in field.seen),
        "trips": [trip for seen in field.seen for trip in seen[4]],
    }))


if __name__ == "__main__":
    main()
