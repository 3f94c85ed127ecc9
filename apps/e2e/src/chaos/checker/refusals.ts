import { eventsOf, seconds, type EventOf, type Evidence } from './evidence';

/**
 * Every message that was sent was answered: none was given up but those of who had been muted. No client saw what it should not
 * see.
 */
export function checkRefusals({ history, ending }: Evidence): string[] {
  const answered = new Set(
    eventsOf(history, 'ok', 'refused').map(({ client, room, key }) => `${client} ${room} ${key}`),
  );
  const unanswered = eventsOf(history, 'send')
    .filter(({ room }) => ending.readers.has(room))
    .filter(({ client, room, key }) => !answered.has(`${client} ${room} ${key}`));
  const mutes = eventsOf(history, 'mute');
  const isMuted = ({ room, key, at }: EventOf<'refused'>) =>
    mutes.some((it) => it.room === room && key.startsWith(it.keys) && it.at < at);
  return [
    ...eventsOf(history, 'refused')
      .filter((it) => it.code !== 'muted' || !isMuted(it))
      .map(
        ({ client, room, key, code, at }) =>
          `G11: ${client} gave ${key} of ${room} up at ${seconds(at)}: ${code}`,
      ),
    ...unanswered.map(
      ({ client, room, key, at }) =>
        `G11: ${client} sent ${key} to ${room} at ${seconds(at)} and was never answered`,
    ),
    ...eventsOf(history, 'error').map(
      ({ client, room, text, at }) =>
        `G10: ${client} at ${seconds(at)}${room === '' ? '' : ` in ${room}`}: ${text}`,
    ),
  ];
}
