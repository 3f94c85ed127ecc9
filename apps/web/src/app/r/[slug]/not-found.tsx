import { RoomAway } from '../../../room/room-away';

export default function NotFound() {
  return <RoomAway reason="not_found" />;
}
