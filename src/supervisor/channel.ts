import {
  LauncherMessageSchema,
  type LauncherMessage,
  type SupervisorMessage,
} from '../core/launch/launch-messages.ts';

/** The way to whoever started us, for as long as they listen. */
export class Channel {
  #sent: Promise<void> = Promise.resolve();

  /** Sends a message, unless nobody listens any more. Never throws. */
  report(message: SupervisorMessage): void {
    const send = process.send?.bind(process);
    if (send === undefined || !process.connected) return;
    this.#sent = new Promise((resolve) => {
      send(message, undefined, undefined, () => {
        // The listener may have gone meanwhile: it heard enough then.
        resolve();
      });
    });
  }

  /** Waits until the last message has left us. */
  flush(): Promise<void> {
    return this.#sent;
  }

  /** Calls `cancel` when the launcher asks to break off. Listening keeps nothing alive. */
  onCancel(cancel: () => void): void {
    process.on('message', (raw) => {
      const parsed = LauncherMessageSchema.safeParse(raw);
      if (parsed.success && parsed.data.type === 'cancel') cancel();
    });
    process.channel?.unref();
  }

  /** Calls `hear` for each message, in order. Listening keeps this process alive. */
  onMessage(hear: (message: LauncherMessage) => void): void {
    process.on('message', (raw) => {
      const parsed = LauncherMessageSchema.safeParse(raw);
      if (parsed.success) hear(parsed.data);
    });
  }

  /** Calls `gone` when nobody listens any more. */
  onGone(gone: () => void): void {
    process.on('disconnect', gone);
    if (!process.connected) gone();
  }
}
