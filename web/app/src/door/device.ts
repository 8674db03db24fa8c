// What this device is called at the door, and what of it the door uses: its sound, its buzz, its light, its screen.

import { keep, stored } from '../preferences.svelte.ts';
import type { Verdict } from './verdict.ts';

const NAME = 'houseful.device';
const SOUND = 'houseful.door-sound';
/** As the room has it. */
export const DEVICE_CHARS_MAX = 60;
/** No letters that are taken for one another. */
const LETTERS = 'ACDEFHJKLMNPRTUVWXY';

/** Made up at first, so that two devices are told apart before anybody names them. */
export function deviceName(word: string): string {
  const known = stored(NAME);
  if (known) return known;
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint8Array(2));
  const name = `${word} ${LETTERS[a % LETTERS.length]}${LETTERS[b % LETTERS.length]}`;
  keep(NAME, name);
  return name;
}
export const nameDevice = (name: string): void => keep(NAME, name.trim().slice(0, DEVICE_CHARS_MAX));

export const hasSound = (): boolean => stored(SOUND) !== 'off';
export const setSound = (on: boolean): void => keep(SOUND, on ? 'on' : 'off');

type Kind = Verdict['kind'];
/** Tones one after the other, in hertz: one for in, two for a second look, a low one for no. */
const TONES: Record<'in' | 'already' | 'no', number[]> = { in: [880], already: [520, 520], no: [196, 165] };
const BUZZES: Record<keyof typeof TONES, number[]> = { in: [60], already: [120, 80, 120], no: [400] };
const TONE_SECONDS = 0.16;

const manner = (kind: Kind): keyof typeof TONES => (kind === 'in' || kind === 'already' ? kind : 'no');

let audio: AudioContext | null = null;

export function signal(kind: Kind): void {
  navigator.vibrate?.(BUZZES[manner(kind)]);
  if (!hasSound()) return;
  audio ??= new AudioContext();
  void audio.resume();
  TONES[manner(kind)].forEach((hertz, nth) => beep(audio!, hertz, audio!.currentTime + nth * TONE_SECONDS * 1.3));
}

function beep(context: AudioContext, hertz: number, at: number): void {
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0.4, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + TONE_SECONDS);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + TONE_SECONDS);
}

/** For as long as it is shown; taken again whenever the page comes to the front. Answers how to let it sleep. */
export function stayAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let isOver = false;
  const take = () => {
    if (document.hidden || isOver) return;
    void navigator.wakeLock?.request('screen').then((got) => (isOver ? void got.release() : (lock = got)), () => {});
  };
  take();
  document.addEventListener('visibilitychange', take);
  return () => {
    isOver = true;
    document.removeEventListener('visibilitychange', take);
    void lock?.release();
  };
}
