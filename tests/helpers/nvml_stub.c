/* A stand-in for NVIDIA's management library: the calls that Lightwork makes, answered from a script.
 *
 * Signatures and structures follow NVIDIA's nvml.h. The environment variable NVML_STUB names the script, which is
 * read anew at every call, so that a test can change the cards under a running program. Its lines:
 *
 *   device TOTAL USED LOAD CELSIUS MILLIWATTS NAME...     one card more; bytes, percent
 *   fail FUNCTION CODE [INDEX]                            this call returns CODE (for one card only, if given)
 *   unload                                                the driver goes: calls fail until the library starts again
 *   process DEVICE PID MEMORY LOAD KIND                   a process on a card: bytes (-1: not told), percent (-1: no
 *                                                         sample), c computes, g draws, cg both; a sample is always new
 *   holder DEVICE PID MEMORY LOAD                         a process that computes while PID lives, and whose memory
 *                                                         counts as used on the card as long
 *   sample DEVICE PID MICROSECONDS LOAD                   a sample of a process' load with its time stamp
 *   power DEVICE LIMIT LOWEST HIGHEST                     milliwatts; a card without this line has no limit
 *
 * Limits that were set are appended to the file beside the script whose name ends in .limits, as lines
 * "DEVICE MILLIWATTS"; the last one holds.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SUCCESS = 0,
    UNINITIALIZED = 1,
    INVALID_ARGUMENT = 2,
    NOT_SUPPORTED = 3,
    NOT_FOUND = 6,
    INSUFFICIENT_SIZE = 7,
    VERSION_MISMATCH = 25,
    CARDS = 16,
    USERS = 256
};

typedef int nvmlReturn_t;
typedef void *nvmlDevice_t;
typedef struct { unsigned long long total, free, used; } nvmlMemory_t;
typedef struct { unsigned int gpu, memory; } nvmlUtilization_t;
typedef struct { unsigned int version, sensorType; int temperature; } nvmlTemperature_v1_t;

typedef struct { unsigned int pid; unsigned long long usedGpuMemory; unsigned int gpuInstanceId, computeInstanceId; }
    nvmlProcessInfo_t;
typedef struct { unsigned int pid; unsigned long long timeStamp; unsigned int smUtil, memUtil, encUtil, decUtil; }
    nvmlProcessUtilizationSample_t;

typedef struct {
    unsigned long long total, used;
    unsigned int load, celsius, milliwatts, limit, lowest, highest;
    char name[96];
} Card;

typedef struct {
    int device, computes, draws, samples;
    unsigned int pid, load;
    long long memory;
    unsigned long long stamp; /* 0: new at every call */
} User;

static int started = 0;
static Card cards[CARDS];
static int count;
static User users[USERS];
static int users_count;

/* A zombie has given its memory back, though its number is still taken. */
static int lives(unsigned int pid) {
    char path[64], state = 0;
    FILE *file;
    if (kill((pid_t)pid, 0) != 0) return 0;
    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    file = fopen(path, "r");
    if (file) {
        if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = 0;
        fclose(file);
    }
    return state != 'Z' && state != 'X';
}

/* A line that tells of a process; 0 for any other. */
static int tell_user(const char *line) {
    User user = {0};
    char kind[4] = "";
    int load;
    if (sscanf(line, "process %d %u %lld %d %3s", &user.device, &user.pid, &user.memory, &load, kind) == 5) {
        user.computes = strchr(kind, 'c') != NULL;
        user.draws = strchr(kind, 'g') != NULL;
    } else if (sscanf(line, "holder %d %u %lld %d", &user.device, &user.pid, &user.memory, &load) == 4) {
        if (!lives(user.pid)) return 1;
        user.computes = 1;
        if (user.device >= 0 && user.device < count) cards[user.device].used += (unsigned long long)user.memory;
    } else if (sscanf(line, "sample %d %u %llu %d", &user.device, &user.pid, &user.stamp, &load) != 4) {
        return 0;
    }
    user.samples = load >= 0;
    user.load = (unsigned int)load;
    if (users_count < USERS) users[users_count++] = user;
    return 1;
}

/* The limit that was set last for a card, or `otherwise`. */
static unsigned int limit_set(const char *script, int index, unsigned int otherwise) {
    char path[4096];
    unsigned int milliwatts;
    int device;
    FILE *file;
    snprintf(path, sizeof path, "%s.limits", script);
    file = fopen(path, "r");
    while (file && fscanf(file, "%d %u", &device, &milliwatts) == 2)
        if (device == index) otherwise = milliwatts;
    if (file) fclose(file);
    return otherwise;
}

/* Read the script; return the code that `function` must fail with for card `index` (-1: no card), else 0. */
static int consult(const char *function, int index) {
    const char *path = getenv("NVML_STUB");
    FILE *script = path ? fopen(path, "r") : NULL;
    char line[256], named[64];
    int verdict = SUCCESS, code, only, device;
    unsigned int limit, lowest, highest;
    count = users_count = 0;
    memset(cards, 0, sizeof cards);
    while (script && fgets(line, sizeof line, script)) {
        Card *card = &cards[count < CARDS ? count : CARDS - 1];
        if (sscanf(line, "device %llu %llu %u %u %u %95[^\n]", &card->total, &card->used, &card->load, &card->celsius,
                   &card->milliwatts, card->name) == 6) {
            if (count < CARDS) count++;
        } else if (sscanf(line, "power %d %u %u %u", &device, &limit, &lowest, &highest) == 4) {
            if (device >= 0 && device < count) {
                cards[device].limit = limit_set(path, device, limit);
                cards[device].lowest = lowest;
                cards[device].highest = highest;
            }
        } else if (tell_user(line)) {
            continue;
        } else if (strncmp(line, "unload", 6) == 0) {
            started = 0;
        } else {
            only = -1;
            if (sscanf(line, "fail %63s %d %d", named, &code, &only) >= 2 && strcmp(named, function) == 0 &&
                (only == -1 || only == index))
                verdict = code;
        }
    }
    if (script) fclose(script);
    return verdict;
}

/* A handle is its card's index plus one, so that no handle is NULL. */
static int answer(const char *function, nvmlDevice_t device, Card **card) {
    int index = (int)(intptr_t)device - 1, verdict = consult(function, index);
    if (!started) return UNINITIALIZED;
    if (verdict != SUCCESS) return verdict;
    if (index < 0 || index >= count) return INVALID_ARGUMENT;
    *card = &cards[index];
    return SUCCESS;
}

nvmlReturn_t nvmlInitWithFlags(unsigned int flags) {
    int verdict = consult("nvmlInitWithFlags", -1);
    (void)flags;
    if (verdict == SUCCESS) started++;
    return verdict;
}

nvmlReturn_t nvmlShutdown(void) {
    int verdict = consult("nvmlShutdown", -1);
    if (!started) return UNINITIALIZED;
    if (verdict == SUCCESS) started--;
    return verdict;
}

nvmlReturn_t nvmlSystemGetDriverVersion(char *version, unsigned int length) {
    int verdict = consult("nvmlSystemGetDriverVersion", -1);
    if (!started) return UNINITIALIZED;
    if (length < sizeof "560.35.03") return INSUFFICIENT_SIZE;
    strcpy(version, "560.35.03");
    return verdict;
}

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int *number) {
    int verdict = consult("nvmlDeviceGetCount_v2", -1);
    if (!started) return UNINITIALIZED;
    *number = (unsigned int)count;
    return verdict;
}

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device) {
    int verdict = consult("nvmlDeviceGetHandleByIndex_v2", (int)index);
    if (!started) return UNINITIALIZED;
    if (verdict == SUCCESS && index >= (unsigned int)count) return INVALID_ARGUMENT;
    *device = (nvmlDevice_t)(intptr_t)(index + 1);
    return verdict;
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned int length) {
    Card *card;
    int verdict = answer("nvmlDeviceGetName", device, &card);
    if (verdict != SUCCESS) return verdict;
    if (strlen(card->name) + 1 > length) return INSUFFICIENT_SIZE;
    strcpy(name, card->name);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory) {
    Card *card;
    int verdict = answer("nvmlDeviceGetMemoryInfo", device, &card);
    if (verdict != SUCCESS) return verdict;
    memory->total = card->total;
    memory->used = card->used;
    memory->free = card->total - card->used;
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *rates) {
    Card *card;
    int verdict = answer("nvmlDeviceGetUtilizationRates", device, &card);
    if (verdict != SUCCESS) return verdict;
    rates->gpu = card->load;
    rates->memory = card->load / 2; /* another number, to show which one is taken */
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, unsigned int sensor, unsigned int *celsius) {
    Card *card;
    int verdict = answer("nvmlDeviceGetTemperature", device, &card);
    if (verdict != SUCCESS) return verdict;
    if (sensor != 0) return INVALID_ARGUMENT; /* NVML_TEMPERATURE_GPU is the only sensor */
    *celsius = card->celsius;
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetTemperatureV(nvmlDevice_t device, nvmlTemperature_v1_t *reading) {
    Card *card;
    int verdict = answer("nvmlDeviceGetTemperatureV", device, &card);
    if (verdict != SUCCESS) return verdict;
    if (reading->version != (sizeof *reading | 1u << 24)) return VERSION_MISMATCH;
    if (reading->sensorType != 0) return INVALID_ARGUMENT;
    reading->temperature = (int)card->celsius;
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int *milliwatts) {
    Card *card;
    int verdict = answer("nvmlDeviceGetPowerUsage", device, &card);
    if (verdict != SUCCESS) return verdict;
    *milliwatts = card->milliwatts;
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned int length) {
    Card *card;
    int verdict = answer("nvmlDeviceGetUUID", device, &card);
    if (verdict != SUCCESS) return verdict;
    if (snprintf(uuid, length, "GPU-%08d-stub", (int)(card - cards)) >= (int)length) return INSUFFICIENT_SIZE;
    return SUCCESS;
}

/* Count first, then the list: as NVML does, a buffer that is too small is told the number that is needed. */
static nvmlReturn_t list(const char *function, nvmlDevice_t device, int drawing, unsigned int *number,
                         nvmlProcessInfo_t *infos) {
    Card *card;
    unsigned int found = 0, room = *number;
    int verdict = answer(function, device, &card), i;
    if (verdict != SUCCESS) return verdict;
    for (i = 0; i < users_count; i++) {
        if (users[i].device != card - cards || !(drawing ? users[i].draws : users[i].computes)) continue;
        if (infos && found < room) {
            infos[found].pid = users[i].pid;
            infos[found].usedGpuMemory = (unsigned long long)users[i].memory; /* -1: NVML_VALUE_NOT_AVAILABLE */
            infos[found].gpuInstanceId = infos[found].computeInstanceId = 0xFFFFFFFF;
        }
        found++;
    }
    *number = found;
    return found > room || (found && !infos) ? INSUFFICIENT_SIZE : SUCCESS;
}

#define LIST(FUNCTION, DRAWING)                                                                                   \
    nvmlReturn_t FUNCTION(nvmlDevice_t device, unsigned int *number, nvmlProcessInfo_t *infos) {                  \
        return list(#FUNCTION, device, DRAWING, number, infos);                                                   \
    }
LIST(nvmlDeviceGetComputeRunningProcesses_v2, 0)
LIST(nvmlDeviceGetComputeRunningProcesses_v3, 0)
LIST(nvmlDeviceGetGraphicsRunningProcesses_v2, 1)
LIST(nvmlDeviceGetGraphicsRunningProcesses_v3, 1)

/* Without a buffer: the size that NVML's own has. With one: the samples that are newer than `since`. */
nvmlReturn_t nvmlDeviceGetProcessUtilization(nvmlDevice_t device, nvmlProcessUtilizationSample_t *samples,
                                             unsigned int *number, unsigned long long since) {
    Card *card;
    struct timespec time;
    unsigned int found = 0, room = *number;
    int verdict = answer("nvmlDeviceGetProcessUtilization", device, &card), i;
    if (verdict != SUCCESS) return verdict;
    if (!samples) {
        *number = USERS;
        return INSUFFICIENT_SIZE;
    }
    clock_gettime(CLOCK_REALTIME, &time);
    for (i = 0; i < users_count && found < room; i++) {
        unsigned long long stamp = users[i].stamp;
        if (users[i].device != card - cards || !users[i].samples) continue;
        if (!stamp) stamp = (unsigned long long)time.tv_sec * 1000000 + (unsigned long long)time.tv_nsec / 1000;
        if (stamp <= since) continue;
        samples[found].pid = users[i].pid;
        samples[found].timeStamp = stamp;
        samples[found].smUtil = users[i].load;
        samples[found].memUtil = samples[found].encUtil = samples[found].decUtil = users[i].load / 2;
        found++;
    }
    *number = found;
    return found ? SUCCESS : NOT_FOUND;
}

nvmlReturn_t nvmlDeviceGetPowerManagementLimit(nvmlDevice_t device, unsigned int *milliwatts) {
    Card *card;
    int verdict = answer("nvmlDeviceGetPowerManagementLimit", device, &card);
    if (verdict != SUCCESS) return verdict;
    *milliwatts = card->limit;
    return card->highest ? SUCCESS : NOT_SUPPORTED;
}

nvmlReturn_t nvmlDeviceGetPowerManagementLimitConstraints(nvmlDevice_t device, unsigned int *lowest,
                                                          unsigned int *highest) {
    Card *card;
    int verdict = answer("nvmlDeviceGetPowerManagementLimitConstraints", device, &card);
    if (verdict != SUCCESS) return verdict;
    *lowest = card->lowest;
    *highest = card->highest;
    return card->highest ? SUCCESS : NOT_SUPPORTED;
}

nvmlReturn_t nvmlDeviceSetPowerManagementLimit(nvmlDevice_t device, unsigned int milliwatts) {
    Card *card;
    char path[4096];
    FILE *file;
    int verdict = answer("nvmlDeviceSetPowerManagementLimit", device, &card);
    if (verdict != SUCCESS) return verdict;
    if (!card->highest) return NOT_SUPPORTED;
    if (milliwatts < card->lowest || milliwatts > card->highest) return INVALID_ARGUMENT;
    snprintf(path, sizeof path, "%s.limits", getenv("NVML_STUB"));
    file = fopen(path, "a");
    if (!file) return INVALID_ARGUMENT;
    fprintf(file, "%d %u\n", (int)(card - cards), milliwatts);
    fclose(file);
    return SUCCESS;
}
