"""두 아이에게 합을 반씩 맡기고 기다립니다. 쓰는 법: python3 examples/python/ch02_two_threads.py [끝]"""

import sys
from platform import python_version
from statistics import median
from threading import Thread
from time import perf_counter


def add_up(start, end, totals):
    subtotal = 0
    for number in range(start, end):
        subtotal += number
    totals.append(subtotal)


def run(end):
    totals = []
    # 새로운 것: 아이가 둘이고, 범위를 반씩 나누었습니다.
    first = Thread(target=add_up, args=(0, end // 2, totals))
    second = Thread(target=add_up, args=(end // 2, end, totals))
    first.start()
    second.start()
    first.join()
    second.join()
    return totals


def main():
    end = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    times = []
    for _ in range(5):
        begin = perf_counter()
        totals = run(end)
        times.append(perf_counter() - begin)
    print(f"목록: {sorted(totals)}")
    print(f"합: {sum(totals)}")
    print(f"걸린 시간: {median(times):.2f}초 (최소 {min(times):.2f}초, 최대 {max(times):.2f}초)")
    print(f"파이썬 {python_version()}")


if __name__ == "__main__":
    main()
