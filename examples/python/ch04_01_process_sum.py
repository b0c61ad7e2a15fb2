"""두 프로세스가 반씩 더해 큐로 알립니다."""
import multiprocessing
import os

END = 3_000_000


def add(start, end, notes):
    notes.put((os.getpid(), sum(range(start, end))))


if __name__ == "__main__":
    notes = multiprocessing.Queue()
    halves = [(0, END // 2), (END // 2, END)]
    children = [multiprocessing.Process(target=add, args=(*half, notes)) for half in halves]
    for child in children:
        child.start()
    # 먼저 쪽지를 아이 수만큼 꺼내고, 그다음에 기다립니다.
    total = 0
    for _ in children:
        pid, part = notes.get()
        print(f"쪽지: {part} (PID {pid})")
        total += part
    for child in children:
        child.join()
    print(f"합: {total} (PID {os.getpid()})")
