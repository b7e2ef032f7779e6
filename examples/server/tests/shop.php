<?php
// How a shop's plug-in talks to the API: it knows nothing of this server but the published page.
// Run as: php shop.php http://127.0.0.1:8080 sk_test_…

declare(strict_types=1);

final class RefundApi
{
    public function __construct(private string $base, private string $key, private string $liveMode = 'false') {}

    /** Whether the shop's settings are right, as the plug-in's settings page asks. */
    public function checkKey(): bool
    {
        return $this->send('GET', '/refunds', ['limit' => 1])['status'] === 200;
    }

    /** Refunds part of an order, in its currency: 226.04 pounds are 22604 piastres. */
    public function refund(string $intent, float $total, string $order, string $key): array
    {
        return $this->send('POST', '/refunds', [], [
            'paymentIntentId' => $intent,
            'amount' => (int) round($total * 100),
            'reason' => 'requested_by_customer',
            'metadata' => ['order_id' => $order],
        ], ["Idempotency-Key: $key"]);
    }

    public function send(string $method, string $path, array $query, ?array $body = null, array $headers = []): array
    {
        $url = $this->base . $path . '?' . http_build_query(['liveMode' => $this->liveMode] + $query);
        $request = curl_init($url);
        $headers[] = "Authorization: Bearer $this->key";
        $headers[] = 'Accept: application/json';
        if ($body !== null) {
            $headers[] = 'Content-Type: application/json';
            curl_setopt($request, CURLOPT_POSTFIELDS, json_encode($body));
        }
        $received = [];
        curl_setopt_array($request, [
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_HTTPHEADER => $headers,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 30,
            CURLOPT_HEADERFUNCTION => function ($_, string $line) use (&$received): int {
                [$name, $value] = explode(':', $line, 2) + [1 => ''];
                $received[strtolower($name)] = trim($value);
                return strlen($line);
            },
        ]);
        $text = curl_exec($request);
        if ($text === false) {
            throw new RuntimeException(curl_error($request));
        }
        $answer = json_decode($text, true, 16, JSON_THROW_ON_ERROR);
        return ['status' => curl_getinfo($request, CURLINFO_RESPONSE_CODE), 'headers' => $received] + $answer;
    }
}

/** What the shop's owner reads when a refund is refused. */
function notice(array $answer): string
{
    $error = $answer['error'];
    return sprintf('%s (%s%s)', $error['message'], $error['code'], isset($error['param']) ? ": {$error['param']}" : '');
}

function expect(string $what, mixed $got, mixed $wanted): void
{
    if ($got !== $wanted) {
        fwrite(STDERR, "$what: " . json_encode($got) . ' instead of ' . json_encode($wanted) . "\n");
        exit(1);
    }
}

[, $base, $key] = $argv;
$api = new RefundApi($base, $key);

expect('the key', $api->checkKey(), true);
expect('a wrong key', (new RefundApi($base, 'sk_test_wrong'))->checkKey(), false);

$made = $api->refund('pi_1', 109.00, '17', 'order-17-return-1');
expect('the status', $made['status'], 201);
expect('the amount', $made['amount'], '10900');
expect('the refund', [$made['currency'], $made['chargeId']], ['EGP', 'ch_1']);
expect('the metadata', $made['metadata'], ['order_id' => '17']);

$again = $api->refund('pi_1', 109.00, '17', 'order-17-return-1');
expect('once', [$again['status'], $again['id']], [201, $made['id']]);
expect('replayed', $again['headers']['idempotent-replayed'], 'true');

$list = $api->send('GET', '/refunds', ['limit' => 1, 'paymentIntentId' => 'pi_1']);
expect('the list', [$list['data'][0]['id'], $list['hasMore']], [$made['id'], false]);
$read = $api->send('GET', "/refunds/{$made['id']}", []);
expect('the ledger', $read['ledger']['postings'][0]['amount'], '10900');

$much = $api->refund('pi_1', 226.04, '17', 'order-17-return-2');
expect('too much', [$much['status'], $much['error']['code'], $much['error']['param']], [409, 'amount_exceeds_refundable', 'amount']);
expect('what is left', $much['error']['refundable'], '11704');
$none = $api->refund('pi_unknown', 1.00, '18', 'order-18-return-1');
expect('unknown', [$none['status'], $none['error']['code'], $none['error']['param']], [404, 'resource_missing', 'paymentIntentId']);
$live = (new RefundApi($base, $key, 'true'))->send('GET', '/refunds', ['limit' => 1]);
expect('the wrong mode', [$live['status'], $live['error']['code'], $live['error']['param']], [403, 'permission_denied', 'liveMode']);
$one = $api->send('POST', '/refunds', [], ['chargeId' => 'ch_1', 'amount' => 10.5]);
expect('a fraction', [$one['status'], $one['error']['param']], [400, 'amount']);

echo notice($much), "\n";
