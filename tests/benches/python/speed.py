"""파이썬의 multiprocessing으로 같은 일을 하고, 걸린 나노초를 JSON 한 줄로 알립니다.

쓰는 법: python3 speed.py 방법 횟수
    방법: process  아무 일도 하지 않는 프로세스를 하나씩 fork하고 기다립니다
          ping     수 하나가 큐 둘로 갔다가 돌아옵니다
          stream   자식이 큐에 수를 하나씩 넣고 부모가 꺼내 더합니다
"""
import json
import multiprocessing
import sys
import time

WARM = 50
context = multiprocessing.get_context("fork")


def nothing():
    pass


def process(count):
    def once():
        child = context.Process(target=nothing)
        child.start()
        child.join()
        assert child.exitcode == 0

    for _ in range(5):
        once()
    start = time.perf_counter_ns()
    for _ in range(count):
        once()
    return time.perf_counter_ns() - start


def echo(there, back, count):
    for _ in range(count):
        back.put(there.get() + 1)


def ping(count):
    there, back = context.Queue(), context.Queue()
    child = context.Process(target=echo, args=(there, back, WARM + count))
    child.start()

    def once(i):
        there.put(i)
        assert back.get() == i + 1

    for i in range(WARM):
        once(i)
    start = time.perf_counter_ns()
    for i in range(count):
        once(i)
    took = time.perf_counter_ns() - start
    child.join()
    return took


def produce(queue, go, count):
    for i in range(WARM):
        queue.put(i)
    go.recv()
    for i in range(count):
        queue.put(i)


def stream(count):
    queue = context.Queue()
    ready, go = context.Pipe(duplex=False)
    child = context.Process(target=produce, args=(queue, ready, count))
    child.start()
    for _ in range(WARM):
        queue.get()
    start = time.perf_counter_ns()
    go.send(None)
    total = sum(queue.get() for _ in range(count))
    took = time.perf_counter_ns() - start
    assert total == count * (count - 1) // 2
    child.join()
    return took


def main():
    modes = {"process": process, "ping": ping, "stream": stream}
    mode, count = sys.argv[1], int(sys.argv[2])
    print(json.dumps({"nanos": modes[mode](count)}))


if __name__ == "__main__":
    main()
