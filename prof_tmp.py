import sys,time
from tests.bench import fanout as b
from tests.media.relay.receiver import Receiver, sound, video
from media.relay.target import Crowd, Target
from media.relay.native import fanout
import socket
N=200
vs=[Receiver("gcm128") for _ in range(N)]
for v in vs: v.own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
way=fanout(sys.argv[1],segments=True)
pics=Crowd(*(Target(v,video(),0) for v in vs)); snd=Crowd(*(Target(v,sound(),0) for v in vs))
P,S=b.stream(),b.opus()
if sys.argv[2]=='p': work=lambda: b.send_all(way,P,pics)
else: work=lambda: b.send_all(way,S,snd)
work()
t=time.monotonic(); n=0; c=b.processor()
while time.monotonic()-t<3: n+=work()*N
print(sys.argv, (b.processor()-c)/n*1e6)
