import { createRequire } from 'node:module';

// uWebSockets.js alone: a message is encoded once, and published to a topic.
const { LIBRARIES, PORT, COMPRESSED } = process.env;
const uws = createRequire(`${LIBRARIES}/`)('uWebSockets.js');
const isCompressed = Boolean(COMPRESSED);

const app = uws.App();
app.ws('/*', {
  compression: isCompressed ? uws.SHARED_COMPRESSOR : uws.DISABLED,
  // Whoever is so far behind is closed: beyond its limit it drops in silence otherwise.
  maxBackpressure: 16 * 1024 * 1024,
  closeOnBackpressureLimit: true,
  message(socket, data) {
    const message = JSON.parse(Buffer.from(data).toString());
    if (message.join !== undefined) {
      socket.subscribe(message.join);
      socket.send(JSON.stringify({ joined: message.join }));
      return;
    }
    app.publish(message.room, JSON.stringify(message), false, isCompressed);
  },
});
app.get('/*', (response) => response.end());
app.listen('127.0.0.1', Number(PORT), (socket) => {
  if (!socket) throw new Error(`cannot listen on ${PORT}`);
});
