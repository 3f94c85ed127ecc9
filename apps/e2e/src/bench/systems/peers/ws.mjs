import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { setInterval } from 'node:timers';

// ws alone: a message is encoded once, and sent to socket by socket. Broken connections are found as its documentation has it.
const { LIBRARIES, PORT, COMPRESSED } = process.env;
const { WebSocket, WebSocketServer } = createRequire(`${LIBRARIES}/`)('ws');

const server = createServer((_request, response) => response.end());
// Its threshold of 1,024 bytes would leave every message of a chat as it is.
const wss = new WebSocketServer({
  server,
  perMessageDeflate: COMPRESSED ? { threshold: 0 } : false,
});

/** Sockets by room. */
const rooms = new Map();

function join(socket, room) {
  const members = rooms.get(room) ?? new Set();
  rooms.set(room, members.add(socket));
  socket.on('close', () => members.delete(socket));
  socket.send(JSON.stringify({ joined: room }));
}

setInterval(() => {
  for (const socket of wss.clients) {
    if (!socket.isAlive) socket.terminate();
    socket.isAlive = false;
    socket.ping();
  }
}, 30_000);

wss.on('connection', (socket) => {
  socket.isAlive = true;
  socket.on('pong', () => (socket.isAlive = true));
  socket.on('error', console.error);
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString());
    if (message.join !== undefined) {
      join(socket, message.join);
      return;
    }
    // Bytes cost a fifth less than the text, which each socket would encode for itself.
    const bytes = Buffer.from(JSON.stringify(message));
    for (const member of rooms.get(message.room) ?? []) {
      if (member.readyState === WebSocket.OPEN) member.send(bytes, { binary: false });
    }
  });
});

server.listen(Number(PORT), '127.0.0.1');
