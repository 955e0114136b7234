// Sends one of each call with Segment's own SDK: node send.mjs HOST WRITE_KEY
import { Analytics } from '@segment/analytics-node'

const [host, writeKey] = process.argv.slice(2)
const analytics = new Analytics({ host, writeKey, flushAt: 3, maxRetries: 2 })
analytics.on('error', (error) => {
  console.error(error)
  process.exitCode = 1
})

const timestamp = new Date('2026-01-02T03:04:05.678Z')
const context = { traits: { plan: 'Pro' }, location: { country: 'KR', city: 'Seoul' } }

analytics.track({
  userId: 'ada',
  event: 'Order Completed',
  properties: { order_id: 'o-1', total: 27.5, currency: 'USD', products: [{ sku: 'a', price: 19.99 }] },
  timestamp,
  context,
})
analytics.track({ anonymousId: 'device-1', event: 'Song Played', properties: { title: '한글 🎵' }, timestamp })
analytics.identify({ userId: 'ada', traits: { email: 'Ada@Example.com' }, timestamp })
analytics.page({ userId: 'ada', category: 'Shop', name: 'Home', properties: { url: 'https://shop.example/' }, timestamp })
analytics.screen({ userId: 'ada', name: 'Cart', timestamp })
analytics.group({ userId: 'ada', groupId: 'g-1', traits: { name: 'Initech' }, timestamp })
analytics.alias({ userId: 'ada', previousId: 'device-1', timestamp })
await analytics.closeAndFlush()
