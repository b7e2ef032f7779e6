<?php
// A receiver of webhooks in PHP, as shops write one: `php -S 127.0.0.1:4242 receive.php`.
declare(strict_types=1);

const TOLERANCE = 300;

/** Whether the body was signed with the secret, as it is, and not long ago. */
function is_genuine(string $body, string $header, string $secret): bool
{
    $time = null;
    $signatures = [];
    foreach (explode(',', $header) as $part) {
        [$name, $value] = explode('=', $part, 2) + [1 => ''];
        if ($name === 't' && ctype_digit($value)) {
            $time = (int) $value;
        } elseif ($name === 'v1') {
            $signatures[] = $value;
        }
    }
    if ($time === null || abs(time() - $time) > TOLERANCE) {
        return false;
    }
    $expected = hash_hmac('sha256', "$time.$body", $secret);
    foreach ($signatures as $signature) {
        // In constant time: how long it takes tells nobody how much was right.
        if (hash_equals($expected, $signature)) {
            return true;
        }
    }
    return false;
}

$body = file_get_contents('php://input');
$header = $_SERVER['HTTP_XPAY_SIGNATURE'] ?? '';
$secret = trim(file_get_contents(getenv('SECRET_FILE')));
if (!is_genuine($body, $header, $secret)) {
    http_response_code(400);
    exit;
}
$event = json_decode($body, true, flags: JSON_THROW_ON_ERROR);
// Events may come twice: a shop remembers the ids that it has seen.
file_put_contents(getenv('SEEN_FILE'), "{$event['type']} {$event['id']}\n", FILE_APPEND | LOCK_EX);
http_response_code(204);
