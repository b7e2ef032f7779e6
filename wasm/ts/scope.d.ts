/** What only workers have; TypeScript knows either pages or workers. */

interface DedicatedWorkerGlobalScope {
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  postMessage(message: unknown, transfer: readonly Transferable[]): void;
}

declare const DedicatedWorkerGlobalScope: { prototype: DedicatedWorkerGlobalScope } | undefined;

interface FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

declare const FileReaderSync: (new () => FileReaderSync) | undefined;

interface FileSystemReadWriteOptions {
  at?: number;
}

interface FileSystemSyncAccessHandle {
  read(bytes: Uint8Array, options?: FileSystemReadWriteOptions): number;
  write(bytes: Uint8Array, options?: FileSystemReadWriteOptions): number;
  getSize(): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
}
