"""두 프로세스가 반씩 더해 큐로 알립니다."""
import os
from multiprocessing import Process, Queue

END = 3_000_000


def add(start, end, notes):
    total = 0
    for number in range(start, end):
        total += number
    notes.put((os.getpid(), total))


if __name__ == "__main__":
    notes = Queue()
    children = []
    for half in [(0, END // 2), (END // 2, END)]:
        children.append(Process(target=add, args=(*half, notes)))
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
