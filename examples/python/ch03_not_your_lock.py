"""GIL이 있어도 읽기와 쓰기 사이에 다른 스레드가 끼어들 수 있습니다."""
import platform
import sys
import threading

TIMES = 200_000
count = 0
lock = threading.Lock()


def same(value):
    return value


def add():
    global count
    for _ in range(TIMES):
        seen = same(count)  # 읽고, 함수를 부르고
        count = same(seen + 1)  # 씁니다. 그사이에 차례가 바뀔 수 있습니다.


def add_with_lock():
    global count
    for _ in range(TIMES):
        with lock:
            seen = same(count)
            count = same(seen + 1)


def lost(target):
    """두 스레드로 더해 보고, 사라진 덧셈의 수를 돌려줍니다."""
    global count
    count = 0
    threads = [threading.Thread(target=target) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 2 * TIMES - count


if __name__ == "__main__":
    sys.setswitchinterval(0.00001)  # 차례를 자주 바꾸어 틈을 드러냅니다.
    print(f"파이썬 {platform.python_version()}, {2 * TIMES:,}번 더하기")
    print(f"GIL만: 사라진 덧셈 {lost(add):,}번")
    print(f"나의 락까지: 사라진 덧셈 {lost(add_with_lock):,}번")
