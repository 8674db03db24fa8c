// The camera at the door: what codes it sees, and its light. Pictures never leave this file.

/** Between two looks: a code is seen at once, and the battery lasts the evening. */
const LOOK_MS = 120;
/** A code that was seen counts as the same until it was out of sight for so long. */
const AWAY_MS = 1500;
/** Wider pictures show no code that this doesn't, and take longer. */
const WIDTH_MAX = 800;

interface Reader {
  read(video: HTMLVideoElement): Promise<string | null>;
}
interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
type DetectorClass = { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> };

export type Torch = MediaTrackConstraintSet & { torch?: boolean };

export class Camera {
  hasTorch = false;
  #stream: MediaStream;
  #isOver = false;

  private constructor(stream: MediaStream) {
    this.#stream = stream;
    const able = this.#track?.getCapabilities?.() as { torch?: boolean } | undefined;
    this.hasTorch = able?.torch === true;
  }

  /** Asks for the camera at the back. Rejects where there is none, or none may be used. */
  static async open(): Promise<Camera> {
    const video = { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } };
    return new Camera(await navigator.mediaDevices.getUserMedia({ video, audio: false }));
  }

  get #track(): MediaStreamTrack | undefined {
    return this.#stream.getVideoTracks()[0];
  }

  /** Tells each code once, until `close`. */
  async watch(video: HTMLVideoElement, seen: (text: string) => void): Promise<void> {
    video.srcObject = this.#stream;
    await video.play();
    const reader = await readerOf();
    let last = { text: '', at: 0 };
    while (!this.#isOver) {
      const text = video.readyState >= 2 ? await reader.read(video).catch(() => null) : null;
      const now = performance.now();
      if (text && !this.#isOver) {
        if (text !== last.text || now - last.at > AWAY_MS) seen(text);
        last = { text, at: now };
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async light(on: boolean): Promise<void> {
    await this.#track?.applyConstraints({ advanced: [{ torch: on } as Torch] });
  }

  close(): void {
    this.#isOver = true;
    for (const track of this.#stream.getTracks()) track.stop();
  }
}

/** The browser's own reader, or one in JavaScript: WebAssembly would need a laxer policy of what the page may run. */
async function readerOf(): Promise<Reader> {
  const Own = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  const formats = await Own?.getSupportedFormats().catch((): string[] => []);
  if (Own && formats?.includes('qr_code')) {
    const detector = new Own({ formats: ['qr_code'] });
    return { read: async (video) => (await detector.detect(video))[0]?.rawValue ?? null };
  }
  return ownReader();
}

async function ownReader(): Promise<Reader> {
  const { decodeQR } = await import('qr/decode.js');
  const canvas = document.createElement('canvas');
  const paper = canvas.getContext('2d', { willReadFrequently: true })!;
  return {
    async read(video) {
      const scale = Math.min(1, WIDTH_MAX / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      paper.drawImage(video, 0, 0, canvas.width, canvas.height);
      try {
        return decodeQR(paper.getImageData(0, 0, canvas.width, canvas.height));
      } catch {
        return null;
      }
    },
  };
}
