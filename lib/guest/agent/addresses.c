/* Sources: rtnetlink(7), netlink(7). */
#include "addresses.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"
#include "stream.h"

enum {
  /* linux/netlink.h, linux/rtnetlink.h, linux/if_addr.h */
  ROUTE_FAMILY = 0,
  REQUEST_DUMP = 0x301,
  MESSAGE_ERROR = 2,
  MESSAGE_DONE = 3,
  NEW_ADDRESS = 20,
  GET_ADDRESS = 22,
  GROUP_IPV4_ADDRESSES = 0x10,
  GROUP_IPV6_ADDRESSES = 0x100,
  ATTRIBUTE_ADDRESS = 1,
  ATTRIBUTE_LOCAL = 2,
  SCOPE_GLOBAL = 0,
  FLAG_TENTATIVE = 0x40,
  HEADER_SIZE = 16,
  ADDRESS_HEADER_SIZE = 8,
  /* A list comes in pieces of the kernel's choice, at most this large. */
  BUFFER_SIZE = 32768,
  EVENT_SIZE = 4000,
  /* Several changes are told as one. */
  SETTLE_MS = 100,
};

/* The own address of an interface: the attribute LOCAL, where there is one. */
static const uint8_t *find_address(const uint8_t *bytes, size_t length, size_t size) {
  const uint8_t *found = NULL;
  for (size_t offset = 0; length - offset >= 4;) {
    size_t attribute = read_u16(bytes + offset);
    if (attribute < 4 || attribute > length - offset) break;
    uint16_t type = read_u16(bytes + offset + 2);
    if (attribute == 4 + size && (type == ATTRIBUTE_LOCAL || (type == ATTRIBUTE_ADDRESS && found == NULL))) {
      found = bytes + offset + 4;
    }
    attribute = (attribute + 3) & ~(size_t)3;
    if (attribute > length - offset) break;
    offset += attribute;
  }
  return found;
}

/* inet_ntop(3) would bring formatted output with it. */
static void add_ipv4(const uint8_t *address, struct text *text) {
  for (int index = 0; index < 4; index++) {
    if (index > 0) text_add(text, ".");
    text_add_number(text, address[index]);
  }
}

/* RFC 5952: the longest run of zeros, of two groups at least, becomes "::". */
static void add_ipv6(const uint8_t *address, struct text *text) {
  int longest = 1, start = -1;
  for (int index = 0, length = 0; index < 8; index++) {
    length = address[2 * index] == 0 && address[2 * index + 1] == 0 ? length + 1 : 0;
    if (length <= longest) continue;
    longest = length;
    start = index - length + 1;
  }
  for (int index = 0; index < 8; index++) {
    if (index == start) {
      text_add(text, "::");
      index += longest - 1;
      continue;
    }
    if (index > 0 && text->data[text->length - 1] != ':') text_add(text, ":");
    unsigned group = (unsigned)address[2 * index] << 8 | address[2 * index + 1];
    bool has_begun = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
      unsigned digit = group >> shift & 15;
      has_begun = has_begun || digit != 0 || shift == 0;
      if (has_begun) text_add_bytes(text, &"0123456789abcdef"[digit], 1);
    }
  }
}

static void add_address(const uint8_t *bytes, size_t length, struct text *event) {
  if (length < ADDRESS_HEADER_SIZE || bytes[3] != SCOPE_GLOBAL || bytes[2] & FLAG_TENTATIVE) return;
  if (bytes[0] != AF_INET && bytes[0] != AF_INET6) return;
  const uint8_t *address =
      find_address(bytes + ADDRESS_HEADER_SIZE, length - ADDRESS_HEADER_SIZE, bytes[0] == AF_INET ? 4 : 16);
  if (address == NULL || event->capacity - event->length < 64) return;
  TEXT(text, 48);
  if (bytes[0] == AF_INET) add_ipv4(address, &text);
  else add_ipv6(address, &text);
  text_add_field(event, "address", text.data);
}

bool addresses_read(const uint8_t *bytes, size_t length, struct text *event) {
  while (length >= HEADER_SIZE) {
    size_t size = read_u32(bytes);
    uint16_t type = read_u16(bytes + 4);
    if (size < HEADER_SIZE || size > length || type == MESSAGE_DONE || type == MESSAGE_ERROR) return true;
    if (type == NEW_ADDRESS) add_address(bytes + HEADER_SIZE, size - HEADER_SIZE, event);
    size = (size + 3) & ~(size_t)3;
    if (size >= length) return false;
    bytes += size;
    length -= size;
  }
  return false;
}

static void run(struct watch *watch, bool is_readable);

static struct watch watch = {.fd = -1, .at = -1, .run = run};

static int open_socket(uint32_t groups) {
  /* struct sockaddr_nl */
  const uint32_t address[3] = {AF_NETLINK, 0, groups};
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (groups != 0 ? SOCK_NONBLOCK : 0), ROUTE_FAMILY);
  if (fd >= 0 && bind(fd, (const struct sockaddr *)address, sizeof address) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

/* The kernel has the list at hand: this waits for nothing. */
static void list_addresses(struct text *event) {
  static uint8_t bytes[BUFFER_SIZE];
  /* struct nlmsghdr and struct ifaddrmsg */
  const uint32_t request[6] = {HEADER_SIZE + ADDRESS_HEADER_SIZE, GET_ADDRESS | REQUEST_DUMP << 16, 1};
  int fd = open_socket(0);
  if (fd < 0) return;
  if (send(fd, request, sizeof request, 0) == sizeof request) {
    ssize_t length;
    do length = recv(fd, bytes, sizeof bytes, 0);
    while ((length < 0 && errno == EINTR) || (length > 0 && !addresses_read(bytes, (size_t)length, event)));
  }
  close(fd);
}

static void run(struct watch *self, bool is_readable) {
  static char told[EVENT_SIZE];
  static size_t told_length;
  if (is_readable) {
    uint8_t news[512];
    /* What has changed says the list. */
    while (recv(self->fd, news, sizeof news, MSG_DONTWAIT | MSG_TRUNC) > 0) {
    }
    if (self->at < 0) self->at = now_ms() + SETTLE_MS;
    return;
  }
  self->at = -1;
  TEXT(event, EVENT_SIZE);
  text_add_bytes(&event, "addresses", sizeof "addresses");
  list_addresses(&event);
  bool is_empty = event.length == sizeof "addresses";
  if (told_length == 0 ? is_empty : told_length == event.length && memcmp(told, event.data, told_length) == 0) return;
  memcpy(told, event.data, event.length);
  told_length = event.length;
  server_tell(&event);
}

void addresses_begin(void) {
  if (watch.fd >= 0) return;
  watch.fd = open_socket(GROUP_IPV4_ADDRESSES | GROUP_IPV6_ADDRESSES);
  if (watch.fd < 0) return;
  watch.at = now_ms();
  server_watch(&watch);
}
