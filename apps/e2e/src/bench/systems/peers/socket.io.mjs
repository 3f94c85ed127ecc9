import { createServer } from 'node:http';
import { createRequire } from 'node:module';

// Socket.IO as its documentation sets it up, over WebSocket alone; with REDIS_URL with its Redis adapter.
const { LIBRARIES, PORT, COMPRESSED, REDIS_URL } = process.env;
const load = createRequire(`${LIBRARIES}/`);
const { Server } = load('socket.io');

function redisAdapter() {
  const { createAdapter } = load('@socket.io/redis-adapter');
  const { Redis } = load('ioredis');
  const publisher = new Redis(REDIS_URL);
  return createAdapter(publisher, publisher.duplicate());
}

const server = createServer((_request, response) => response.end());
const io = new Server(server, {
  transports: ['websocket'],
  // Its threshold of 1,024 bytes would leave every message of a chat as it is.
  perMessageDeflate: COMPRESSED ? { threshold: 0 } : false,
  ...(REDIS_URL && { adapter: redisAdapter() }),
});

// Advised against memory: https://socket.io/docs/v4/memory-usage/
io.engine.on('connection', (connection) => {
  connection.request = null;
});

io.on('connection', (socket) => {
  socket.on('join', async (room, joined) => {
    await socket.join(room);
    joined();
  });
  socket.on('message', (message) => {
    io.to(message.room).emit('message', message);
  });
});

server.listen(Number(PORT), '127.0.0.1');
