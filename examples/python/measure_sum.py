"""같은 합을 스레드나 프로세스로 구하고, 걸린 시간을 JSON 한 줄로 알립니다.

쓰는 법: python3 measure_sum.py 방법 끝 일꾼의수
    방법: thread, process           0 이상 「끝」 미만의 합을 나누어 구합니다
          thread-cost, process-cost 아무 일도 하지 않는 일꾼을 하나씩 「끝」번 만들고 기다립니다
"""
import json
import multiprocessing
import platform
import sys
import threading
import time

try:
    import resource
except ImportError:  # Windows에는 없습니다.
    resource = None


def work(start, end, put):
    total = 0
    for i in range(start, end):
        total += i
    put(total)


def work_and_send(start, end, queue):
    work(start, end, queue.put)


def nothing():
    pass


def cpu_seconds():
    """이 프로세스와, 기다려 준 자식들이 쓴 CPU 시간입니다."""
    if resource is None:
        return None
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def sum_with_threads(ranges):
    result = []
    threads = [threading.Thread(target=work, args=(a, b, result.append)) for a, b in ranges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(result)


def sum_with_processes(ranges):
    queue = multiprocessing.Queue()
    processes = [multiprocessing.Process(target=work_and_send, args=(a, b, queue)) for a, b in ranges]
    for process in processes:
        process.start()
    total = sum(queue.get() for _ in processes)  # 먼저 비우고, 그다음에 기다립니다.
    for process in processes:
        process.join()
    return total


def make_and_join(kind, times):
    """하나씩 만들고 기다리기를 되풀이하고, 저마다 걸린 시간(초)을 돌려줍니다."""
    each = []
    for _ in range(times):
        start = time.perf_counter()
        worker = kind(target=nothing)
        worker.start()
        worker.join()
        each.append(time.perf_counter() - start)
    return each


def main():
    mode, end, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    ranges = [(end * i // workers, end * (i + 1) // workers) for i in range(workers)]
    total, each = None, None
    cpu, wall = cpu_seconds(), time.perf_counter()
    if mode == "thread":
        total = sum_with_threads(ranges)
    elif mode == "process":
        total = sum_with_processes(ranges)
    elif mode == "thread-cost":
        each = make_and_join(threading.Thread, end)
    elif mode == "process-cost":
        each = make_and_join(multiprocessing.Process, end)
    else:
        sys.exit("모르는 방법입니다: " + mode)
    wall = time.perf_counter() - wall
    print(json.dumps({
        "mode": mode,
        "end": end,
        "workers": workers,
        "total": total,
        "each": each,
        "wall": wall,
        "cpu": None if cpu is None else cpu_seconds() - cpu,
        "version": platform.python_version(),
        "start_method": multiprocessing.get_start_method(),
    }))


if __name__ == "__main__":
    main()
