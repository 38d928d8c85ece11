import { expect, it } from 'vitest'
import { unLzma } from '../../src/render/html/lzma.ts'

/** What was compressed: repeats near and far, every byte, a long run. */
const text = Buffer.concat([
  Buffer.from('abcabcabcabcabcabc sdinspect sdinspect reads checkpoints; checkpoints, reads'.repeat(3)),
  Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  Buffer.alloc(3_000),
  Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
])

/** By liblzma 5 (Python's `lzma.compress`, FORMAT_ALONE, preset 9), with the length put into the header: [lc, lp, pb]. */
const streams = {
  '3, 0, 2':
    'XQAAAQCcDgAAAAAAAAAwmIiqAhssGuGRYm3HuP40n3zViz2EARybOLHvGz8UeMC7Zrq7JksuaHmmmMmyOZPLTTP31+folIJRvSP8AKMgvOcYquBA8AEZiritL4WrOfLGD335dvYKwxa3AirzjLCZNFBi5mtOXwRicG1dTO1oWHg5epvE5orXYnCkFsSpQr0wLZf7SSebYJzKu2YPO+IW1gAj3oESdVN8ThSpQ1ipxIjJSMLWloYsVyMIFTP7Bi83vt6yulgTaBpWoIKCdMTnQCDap75TAJ0sVhXadjk6ydxM/z9qx8/p4YUvcogr4m1qciu6Jb8F1buhUn5A1fm8Mh9UTi2QG80b13kZoV7eb235R/7pLtlpurXDsQjhXaPxj65LP8rFxDnIf2sEAvWLJP0how9WPUJ//+rLLM8=',
  '0, 2, 0':
    'EgAAAQCcDgAAAAAAAAAwmU2kU0Pw6TI3LW8Leuf2JAvoHFo81oN9jBzn9e86031hh01uAVSjofd9k/sFdXxwhPztil9d2q8dG84VEOFP325GDvABwlGjolWG77VKbM8mInDcPsk1+q/QHYaWKUbr3Me0uorEUr49FIVy3SVdyoiVsQ2bxC/Z4aWBEr0P74dbeX/AqfqBU9acS99uX1nk5jIYtp0NYZdWEYnTnHVkJ7wIfF7rHDwGX7B4LjRewYiVRc7jKBDw3TFrpw8009HR/7MGfUwosvnQBSeX/i+cFcqJJgto2t99UM7s9GRKEO29Bbm76oL768yW57NzB/qGdMso/CYXX1VQHrRoik2HOmDvQ4tkLOZZEaeWycAilWSt6CgbmymKfHHy0nPNMnFBLzGkNQ4T+tw8F9HDjIVO37a6wOImVUNxGf8NFbGzKSp8FUVoPW//4+sVlQ==',
  '1, 3, 4':
    '0AAAAQCcDgAAAAAAAAAwmIh1QhAczIaTcczmbgFgj+C1XaWKfPg6cmeenCexg5nuJJgrb+wAJVkE28lL26iOmqiD7+GQcNJGzKEBcn1aK0MhjqdL+80ebMCOCq3k9ExbImGiEMRBX+idtP9eBInKjI7v4ecKn2d6lfEM/BZn+hlXOWkzKnsVWKPoOtBnJgujrpllX5OR9iav84UxOGU9LtlQXxCWaqeST5xYK6h5kADagOxelJGxPaaoCy+iQbGWmTfN2JiXIsrIMKT5rMcnfag/nEf6I1g5szN2L/jVOqeU32xxylBoV9n+nDVK6C55cge9gIQLRX4PzmcRvOuAWBjV3GKtXa7a60m9KKGYp8Hf9zH47S57A0PGNiLx6EwpbomK76CHXwNKVPcdSicLq3rrsBiyhZxn6kEO2T7f8pRrpDWCBkwT+eugGTsymozQpQarhwrpM7MokMcfI7Bl+bNXQf///UReRg==',
}

it.each(Object.entries(streams))('gives what was compressed, with the properties %s', (_, packed) => {
  expect(Buffer.compare(unLzma(Buffer.from(packed, 'base64')), text)).toBe(0)
})

it('refuses what is no such stream', () => {
  const packed = Buffer.from(streams['3, 0, 2'], 'base64')
  for (const wrong of [packed.subarray(0, 12), Buffer.concat([Buffer.of(225), packed.subarray(1)])])
    expect(() => unLzma(wrong)).toThrowError(expect.objectContaining({ code: 'format/malformed' }))
  const unsaid = Buffer.from(packed).fill(0xff, 5, 13)
  expect(() => unLzma(unsaid)).toThrowError(expect.objectContaining({ code: 'format/malformed' }))
})
