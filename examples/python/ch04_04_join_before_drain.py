"""큐를 비우기 전에 기다리면 파이썬에서도 멈춥니다. 2초만 기다려 봅니다."""
from multiprocessing import Process, Queue


def send(notes, size):
    notes.put(b"7" * size)


if __name__ == "__main__":
    notes = Queue()
    child = Process(target=send, args=(notes, 1024 * 1024))
    child.start()
    child.join(timeout=2)  # 제한 시간이 감시자입니다. 없으면 여기서 영영 멈춥니다.
    print("2초를 기다린 뒤 자식이 살아 있는가:", child.is_alive())
    print("꺼낸 쪽지:", len(notes.get()), "바이트")
    child.join()
    print("비운 뒤 자식이 살아 있는가:", child.is_alive())
